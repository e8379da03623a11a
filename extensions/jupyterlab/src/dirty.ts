/** Documents that hold changes which are not on disk: nothing is done behind their back. */
import { Dialog, showDialog } from "@jupyterlab/apputils";
import type { DocumentRegistry } from "@jupyterlab/docregistry";
import { contentsPath } from "./open";
import type { Parts } from "./parts";

type Context = DocumentRegistry.IContext<DocumentRegistry.IModel>;

/** Open documents of this workspace. */
export function openDocuments({ app, connection, documents }: Parts): Context[] {
  const top = connection.folder;
  const seen = new Set<Context>();
  for (const widget of app.shell.widgets("main")) {
    const context = documents.contextForWidget(widget);
    const inside = top !== null && context && (top === "" || context.path.startsWith(`${top}/`));
    if (inside) seen.add(context);
  }
  return [...seen];
}

export function dirtyDocuments(parts: Parts, paths?: readonly string[]): Context[] {
  const wanted = paths && new Set(paths.map((path) => contentsPath(parts.connection, path)));
  return openDocuments(parts).filter(({ model, path }) => model.dirty && (!wanted || wanted.has(path)));
}

/** Offers to save what is not on disk; false: cancelled. */
export async function saveFirst(parts: Parts, why: string): Promise<boolean> {
  const { trans } = parts;
  const dirty = dirtyDocuments(parts);
  if (dirty.length === 0) return true;
  const save = Dialog.okButton({ label: trans.__("Save and Go On") });
  const leave = Dialog.warnButton({ label: trans.__("Go On Without") });
  const { button } = await showDialog({
    title: trans.__("Unsaved changes"),
    body: `${dirty.map(({ path }) => path).join(", ")}: ${why}`,
    buttons: [Dialog.cancelButton(), leave, save],
    defaultButton: 2,
  });
  if (!button.accept) return false;
  if (button.label === save.label) for (const context of dirty) await context.save();
  return true;
}
