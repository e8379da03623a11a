/** The review: commits and files on the left, one diff on the right, the landing below. */
import type { EditorView } from "@codemirror/view";
import type { IEditorLanguageRegistry } from "@jupyterlab/codemirror";
import type { Message } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";
import type { Decision, Hunk, Review } from "../../../panels/src/protocol";
import { Command } from "../ids";
import type { Parts } from "../parts";
import { type Change, changesOf, type FileChange, tally } from "./changes";
import { showDiff } from "./diff";

/** What is shown on the right. */
interface Shown {
  readonly before: string;
  readonly after: string;
  readonly path: string;
}

export class ReviewWidget extends Widget {
  private review: Review | null = null;
  private shown: Shown | null = null;
  private view: EditorView | null = null;
  private drawing = 0;
  private readonly list = document.createElement("nav");
  private readonly diff = document.createElement("div");
  private readonly bar = document.createElement("div");
  private readonly ends: (() => void)[] = [];

  constructor(
    private readonly parts: Parts,
    private readonly languages: IEditorLanguageRegistry,
  ) {
    super();
    this.addClass("jp-Intern-review");
    this.list.setAttribute("aria-label", parts.trans.__("Changes"));
    this.bar.className = "jp-Intern-bar";
    this.list.className = "jp-Intern-changes";
    this.diff.className = "jp-Intern-diff";
    this.node.append(this.list, this.diff, this.bar);
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    const { connection } = this.parts;
    this.ends.push(
      connection.onEvent((batch) => {
        if (batch.some(({ body }) => ["hunk", "landed", "experiment"].includes(body.kind))) void this.refresh();
      }),
      connection.onState(({ state }) => {
        if (state === "online") void this.refresh();
      }),
    );
  }

  protected override onBeforeDetach(message: Message): void {
    for (const end of this.ends.splice(0)) end();
    super.onBeforeDetach(message);
  }

  override dispose(): void {
    this.view?.destroy();
    super.dispose();
  }

  /** Shows the first file that a commit changed. */
  async showCommit(commit: string): Promise<void> {
    await this.refresh();
    const change = this.changes().find((one) => one.commit.startsWith(commit));
    const first = change?.files[0];
    if (change && first) return this.showFile(change, first);
    return this.compare(`${commit}^`, commit);
  }

  /** Shows what two commits differ in, without decisions. */
  async compare(before: string, after: string): Promise<void> {
    const { paths } = await this.parts.connection.request("intern/file/between", { before, after });
    const first = paths[0];
    if (first !== undefined) await this.draw({ before, after, path: first }, []);
    this.drawFiles(before, after, paths);
  }

  private async refresh(): Promise<void> {
    this.drawing += 1;
    const mine = this.drawing;
    const { connection } = this.parts;
    const review = await connection.request("intern/review", { session: null }).catch(() => null);
    if (mine !== this.drawing || this.isDisposed) return;
    this.review = review;
    this.drawList();
    const change = this.changes()[0];
    const first = change?.files[0];
    if (!this.shown && change && first) await this.showFile(change, first);
    else if (this.shown) await this.draw(this.shown, this.hunksOf(this.shown));
  }

  private changes(): Change[] {
    return this.review ? changesOf(this.review, this.parts.folded.experiments) : [];
  }

  private hunksOf({ after, path }: Shown): Hunk[] {
    return this.review?.hunks.filter((hunk) => hunk.commit === after && hunk.path === path) ?? [];
  }

  private async showFile({ commit }: Change, file: FileChange): Promise<void> {
    await this.draw({ before: `${commit}^`, after: commit, path: file.path }, [...file.hunks]);
    this.drawList();
  }

  private async draw(shown: Shown, hunks: readonly Hunk[]): Promise<void> {
    const { connection, trans } = this.parts;
    const [before, after] = await Promise.all(
      [shown.before, shown.after].map((commit) => connection.request("intern/file/at", { commit, path: shown.path })),
    );
    const scroll = this.shown?.path === shown.path && this.shown.after === shown.after ? this.view?.scrollDOM.scrollTop : 0;
    this.shown = shown;
    this.view?.destroy();
    this.diff.replaceChildren();
    this.view = await showDiff(this.diff, {
      path: shown.path,
      before: before?.text ?? "",
      after: after?.text ?? "",
      hunks,
      languages: this.languages,
      trans,
      decide: (hunk, decision) => void this.decide([hunk], decision),
    });
    if (scroll) this.view.scrollDOM.scrollTop = scroll;
  }

  private async decide(hunks: readonly Hunk[], decision: Decision): Promise<void> {
    const session = this.review?.session ?? null;
    await this.parts.connection.request("intern/review/decide", { session, hunks: hunks.map(({ id }) => id), decision });
    await this.refresh();
  }

  // --- the list and the bar ------------------------------------------------------------------

  private drawList(): void {
    const { trans } = this.parts;
    const changes = this.changes();
    if (changes.length === 0) {
      const text = paragraph(trans.__("No experiment was kept yet, so there is nothing to review."));
      this.list.replaceChildren(text);
      this.bar.replaceChildren();
      return;
    }
    this.list.replaceChildren(...changes.map((change) => this.section(change)));
    this.drawBar();
  }

  private section(change: Change): HTMLElement {
    const { trans } = this.parts;
    const section = document.createElement("section");
    const verdict = change.experiment?.verdict;
    const title = document.createElement("h3");
    title.textContent = change.experiment?.title ?? change.commit.slice(0, 8);
    const reason = paragraph(verdict?.reason ?? "");
    const hunks = change.files.flatMap((file) => file.hunks);
    const both = document.createElement("p");
    both.append(
      this.action(trans.__("Accept commit"), () => this.decide(hunks, "accepted")),
      this.action(trans.__("Reject commit"), () => this.decide(hunks, "rejected")),
    );
    const files = change.files.map((file) => {
      const { accepted, rejected } = tally(file.hunks);
      const label = `${file.path}  ${accepted + rejected}/${file.hunks.length}`;
      const entry = this.action(label, () => this.showFile(change, file));
      entry.classList.add("jp-Intern-file");
      const current = this.shown?.after === change.commit && this.shown.path === file.path;
      if (current) entry.setAttribute("aria-current", "true");
      return entry;
    });
    section.append(title, reason, both, ...files);
    return section;
  }

  private drawFiles(before: string, after: string, paths: readonly string[]): void {
    const heading = document.createElement("h3");
    heading.textContent = `${before.slice(0, 9)} … ${after.slice(0, 8)}`;
    this.list.prepend(
      heading,
      ...paths.map((path) => this.action(path, () => this.draw({ before, after, path }, []))),
    );
  }

  private drawBar(): void {
    const { app, trans } = this.parts;
    const { accepted, rejected, open } = tally(this.review?.hunks ?? []);
    const text = paragraph(
      trans.__("%1 hunks: %2 accepted, %3 rejected, %4 open", accepted + rejected + open, accepted, rejected, open),
    );
    text.setAttribute("role", "status");
    const land = this.action(trans.__("Land…"), () => app.commands.execute(Command.land));
    land.classList.add("jp-mod-accept");
    this.bar.replaceChildren(text, land);
  }

  private action(label: string, deed: () => unknown): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => void deed());
    return button;
  }
}

function paragraph(text: string): HTMLParagraphElement {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}
