/** One changed file: the text before and after, with Accept and Reject on every chunk. */
import { unifiedMergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { type IEditorLanguageRegistry, jupyterEditorTheme, jupyterHighlightStyle } from "@jupyterlab/codemirror";
import { syntaxHighlighting } from "@codemirror/language";
import type { TranslationBundle } from "@jupyterlab/translation";
import type { Decision, Hunk } from "../../../panels/src/protocol";
import { hunkAt } from "./changes";

export interface DiffWish {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  readonly hunks: readonly Hunk[];
  readonly languages: IEditorLanguageRegistry;
  readonly trans: TranslationBundle;
  /** The person pressed a button of this hunk. */
  decide(hunk: Hunk, decision: Decision): void;
}

/** Read-only: decisions are kept by the daemon, and what is accepted is landed by git. */
export async function showDiff(parent: HTMLElement, wish: DiffWish): Promise<EditorView> {
  const language = wish.languages.findByFileName(wish.path);
  const support = language ? await wish.languages.getLanguage(language) : null;
  const made: { view?: EditorView } = {};
  const extensions: Extension[] = [
    lineNumbers(),
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": wish.path, tabindex: "0" }),
    jupyterEditorTheme,
    syntaxHighlighting(jupyterHighlightStyle),
    unifiedMergeView({
      original: wish.before,
      mergeControls: (type) => button(type, wish, () => made.view),
      collapseUnchanged: { margin: 3, minSize: 6 },
      gutter: true,
    }),
  ];
  if (support?.support) extensions.push(support.support);
  made.view = new EditorView({ parent, doc: wish.after, extensions });
  return made.view;
}

/** Its chunk is found by its place in the text, since a view knows nothing of our hunks. */
function button(type: "accept" | "reject", wish: DiffWish, view: () => EditorView | undefined): HTMLElement {
  const { trans } = wish;
  const element = document.createElement("button");
  element.type = "button";
  element.className = `jp-Intern-decide jp-mod-${type}`;
  element.textContent = type === "accept" ? trans.__("Accept") : trans.__("Reject");
  const hunk = (): Hunk | undefined => {
    const shown = view();
    if (!shown) return undefined;
    const line = shown.state.doc.lineAt(shown.posAtDOM(element)).number;
    return hunkAt(wish.hunks, line);
  };
  const taken: Decision = type === "accept" ? "accepted" : "rejected";
  // The view measures after the button stands in the page.
  requestAnimationFrame(() => {
    const own = hunk();
    element.setAttribute("aria-pressed", String(own?.decision === taken));
    if (own) element.dataset.hunk = own.id;
  });
  element.addEventListener("mousedown", (event) => {
    event.preventDefault();
  });
  element.addEventListener("click", () => {
    const own = hunk();
    if (own) wish.decide(own, own.decision === taken ? "open" : taken);
  });
  return element;
}
