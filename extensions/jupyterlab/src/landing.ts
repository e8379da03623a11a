/** Landing: previewed, confirmed, refused with a reason, undone. Unsaved documents are never overwritten. */
import { Dialog, InputDialog, Notification, showDialog } from "@jupyterlab/apputils";
import type { LandingPreview } from "../../panels/src/protocol";
import { confirm } from "./ask";
import { dirtyDocuments, openDocuments } from "./dirty";
import { contentsPath } from "./open";
import type { Parts } from "./parts";

export async function land(parts: Parts): Promise<void> {
  const { connection, trans } = parts;
  const review = await connection.request("intern/review", { session: null });
  const count = (decision: string): number => review.hunks.filter((hunk) => hunk.decision === decision).length;
  if (count("accepted") === 0) {
    if (count("open") === 0) throw new Error(trans.__("There is nothing to land: no change is accepted."));
    const body = trans.__("No change is accepted yet; %1 are open.", count("open"));
    if (!(await confirm(trans.__("Land"), body, trans.__("Accept All Open")))) return;
    await connection.request("intern/review/decide", { session: review.session, hunks: ["all"], decision: "accepted" });
  }
  const styles = { squash: trans.__("Squash: one commit"), merge: trans.__("Merge: each experiment keeps its commit") };
  const answer = await InputDialog.getItem({ title: trans.__("Land on %1", review.target), items: Object.values(styles) });
  if (answer.value === null) return;
  const style = answer.value === styles.merge ? "merge" : "squash";
  const wish = { session: review.session, style } as const;
  const preview = await connection.request("intern/land/preview", wish);
  refuse(parts, preview);
  const accepted = await showDialog({
    title: trans.__("Land on %1?", preview.target),
    body: `${preview.files.join(", ")}\n\n${preview.message}`,
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__("Land") })],
  });
  if (!accepted.button.accept) return;
  refuse(parts, preview); // the person may have typed while the question stood there
  const done = await connection.request("intern/land", { ...wish, message: preview.message });
  await reread(parts, done.files);
  Notification.success(trans.__("Landed on %1 as %2.", done.branch, done.after.slice(0, 8)), {
    autoClose: 8000,
    actions: [{ label: trans.__("Undo Landing"), callback: () => void undoLanding(parts) }],
  });
}

/** Take the newest landing back with a commit that reverts it. */
export async function undoLanding(parts: Parts): Promise<void> {
  const { connection, trans } = parts;
  const body = trans.__("A new commit takes its changes back; nothing else changes.");
  if (!(await confirm(trans.__("Undo the landing?"), body, trans.__("Undo Landing")))) return;
  const review = await connection.request("intern/review", { session: null });
  refuseUnsaved(parts, review.hunks.map(({ path }) => path));
  const done = await connection.request("intern/land/undo", { session: review.session });
  await reread(parts, done.files);
  Notification.info(trans.__("The landing on %1 was undone in %2.", done.branch, done.after.slice(0, 8)));
}

/** Throws the reason when it can't land now. */
function refuse(parts: Parts, preview: LandingPreview): void {
  const { trans } = parts;
  refuseUnsaved(parts, preview.files);
  if (preview.dirty.length > 0) {
    throw new Error(trans.__("%1 has uncommitted changes; commit or stash them. Nothing was landed.", preview.dirty.join(", ")));
  }
  if (preview.conflicts.length > 0) {
    const files = preview.conflicts.join(", ");
    throw new Error(trans.__("The accepted changes do not apply to %1; reject them, or undo your change there.", files));
  }
  if (preview.commit === null) throw new Error(trans.__("There is nothing that %1 does not have already.", preview.target));
}

function refuseUnsaved(parts: Parts, paths: readonly string[]): void {
  const dirty = dirtyDocuments(parts, paths);
  if (dirty.length === 0) return;
  const names = dirty.map(({ path }) => path).join(", ");
  throw new Error(parts.trans.__("%1 has unsaved changes; save or revert them, then try again. Nothing was changed.", names));
}

/** Open documents that a landing changed are read again, through their own model. */
async function reread(parts: Parts, paths: readonly string[]): Promise<void> {
  const changed = new Set(paths.map((path) => contentsPath(parts.connection, path)));
  for (const context of openDocuments(parts)) {
    if (changed.has(context.path) && !context.model.dirty) await context.revert();
  }
}
