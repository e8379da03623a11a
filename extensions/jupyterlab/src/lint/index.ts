/** Findings and lint on the responsible line of the file editor, with quick fixes. */
import { type Action, type Diagnostic as Mark, lintGutter, setDiagnostics } from "@codemirror/lint";
import type { EditorState } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import { CodeMirrorEditor } from "@jupyterlab/codemirror";
import type { IDocumentWidget } from "@jupyterlab/docregistry";
import type { FileEditor, IEditorTracker } from "@jupyterlab/fileeditor";
import type { Parts } from "../parts";
import { type CodeAction, type Diagnostic, type Position, SyncedDocument, type TextEdit } from "./document";
import { runAction } from "./actions";

const SEVERITY = { 1: "error", 2: "warning", 3: "info", 4: "hint" } as const;

/** Milliseconds after the last keystroke before the text is sent. */
const QUIET = 200;

export function addLint(parts: Parts, tracker: IEditorTracker | null): void {
  tracker?.widgetAdded.connect((_, widget) => {
    // Editors are restored before it is known which repository is meant.
    void Promise.all([widget.context.ready, parts.connection.place]).then(() => {
      watch(parts, widget);
    });
  });
}

function watch(parts: Parts, widget: IDocumentWidget<FileEditor>): void {
  const { editor } = widget.content;
  const path = inWorkspace(parts, widget.context.path);
  if (path === null || !path.endsWith(".py") || !(editor instanceof CodeMirrorEditor)) return;
  editor.injectExtension(lintGutter());
  const { sharedModel } = widget.content.model;
  const synced = new SyncedDocument(parts.connection, path, sharedModel.getSource(), (diagnostics) => {
    void mark(parts, editor.editor, synced, diagnostics);
  });
  let timer: number | undefined;
  const changed = (): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      synced.change(sharedModel.getSource());
    }, QUIET);
  };
  sharedModel.changed.connect(changed);
  widget.context.saveState.connect((_, state) => {
    if (state === "completed") synced.saved();
  });
  widget.disposed.connect(() => {
    window.clearTimeout(timer);
    sharedModel.changed.disconnect(changed);
    synced.close();
  });
}

/** A path of the contents API relative to the workspace; null: it is in none, or not known yet. */
export function inWorkspace({ connection }: Parts, path: string): string | null {
  const { folder } = connection;
  if (folder === null) return null;
  if (folder === "") return path;
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : null;
}

/** Shows what the daemon found in one text; also used for the cells of a notebook. */
export async function mark(
  parts: Parts,
  view: EditorView,
  synced: Pick<SyncedDocument, "actions" | "uri">,
  diagnostics: readonly Diagnostic[],
): Promise<void> {
  const fixes = await Promise.all(diagnostics.map((diagnostic) => synced.actions(diagnostic)));
  const marks = diagnostics.map((diagnostic, index): Mark => {
    const from = offset(view.state, diagnostic.range.start);
    const to = Math.max(from, offset(view.state, diagnostic.range.end));
    return {
      from,
      to,
      severity: SEVERITY[diagnostic.severity ?? 2],
      source: [diagnostic.source, diagnostic.code].filter(Boolean).join(" "),
      message: diagnostic.message,
      actions: (fixes[index] ?? []).map((fix) => action(parts, view, synced.uri, fix)),
    };
  });
  marks.sort((one, other) => one.from - other.from);
  view.dispatch(setDiagnostics(view.state, marks));
}

function action(parts: Parts, view: EditorView, uri: string, fix: CodeAction): Action {
  return {
    name: fix.title,
    apply() {
      const edits = fix.edit?.changes?.[uri] ?? fix.edit?.documentChanges?.flatMap(({ edits }) => edits);
      if (edits) edit(view, edits);
      if (fix.command) void runAction(parts, fix.command.command, fix.command.arguments ?? []);
    },
  };
}

/** Through the document's own model: undo works, and nothing is written. */
function edit(view: EditorView, edits: readonly TextEdit[]): void {
  const changes = edits.map(({ range, newText }) => ({
    from: offset(view.state, range.start),
    to: offset(view.state, range.end),
    insert: newText,
  }));
  view.dispatch({ changes, userEvent: "input.fix" });
}

function offset(state: EditorState, { line, character }: Position): number {
  const at = state.doc.line(Math.min(line + 1, state.doc.lines));
  return Math.min(at.from + character, at.to);
}
