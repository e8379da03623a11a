/** Landing: previewed, confirmed, refused with a reason, undone. Unsaved buffers are never overwritten. */
import { realpathSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { git, versionUri } from "./gitContent";
import type { LandingPreview } from "./protocol";
import type { Reviewer } from "./review";
import type { Server } from "./server";
import { count, short } from "./words";

export class Landing {
  constructor(
    private readonly server: Server,
    private readonly reviewer: Reviewer,
  ) {}

  /** Ask how, show what would change, land. */
  async land(): Promise<void> {
    await this.reviewer.refresh();
    const review = this.reviewer.review;
    if (!review) return void vscode.window.showInformationMessage("There is nothing to land: no experiment was kept.");
    if (!review.hunks.some((hunk) => hunk.decision === "accepted")) return this.askForDecisions();

    const style = await vscode.window.showQuickPick(
      [
        { label: "Squash", description: "one commit", style: "squash" as const },
        { label: "Merge", description: "a merge commit that keeps each experiment's own", style: "merge" as const },
      ],
      { title: `Land on ${review.target}: ${this.reviewer.summary()}` },
    );
    if (!style) return;
    const wish = { session: review.session, style: style.style };
    const preview = await this.server.request("intern/land/preview", wish);
    if (this.refused(preview)) return;
    if (!(await this.confirmed(preview))) return;

    // The person may have typed while the question stood there.
    if (this.refused(preview)) return;
    const done = await this.server.request("intern/land", { ...wish, message: preview.message });
    const sentence = `Landed on ${done.branch} as ${short(done.after)}: ${count(done.files.length, "file")}.`;
    void vscode.window.showInformationMessage(sentence, "Undo Landing", "Show Changes").then(async (chosen) => {
      if (chosen === "Undo Landing") await vscode.commands.executeCommand("intern.undoLanding");
      if (chosen === "Show Changes") await this.showChanges(done.before, done.after, done.files, "Landed");
    });
  }

  /** Take the newest landing back with a commit that reverts it. */
  async undo(): Promise<void> {
    const session = this.reviewer.review?.session ?? null;
    const question = "Undo the landing? A new commit takes its changes back; nothing else changes.";
    if ((await vscode.window.showWarningMessage(question, { modal: true }, "Undo Landing")) === undefined) return;
    const touched = this.reviewer.review?.hunks.map((hunk) => hunk.path) ?? [];
    if (this.unsavedInTheWay(touched)) return;
    const done = await this.server.request("intern/land/undo", { session });
    void vscode.window.showInformationMessage(`The landing on ${done.branch} was undone in ${short(done.after)}.`);
  }

  private async askForDecisions(): Promise<void> {
    const sentence = `No hunk is accepted yet (${this.reviewer.summary()}).`;
    const chosen = await vscode.window.showInformationMessage(sentence, "Review Changes", "Accept All Open");
    if (chosen === "Review Changes") await this.reviewer.openAll();
    if (chosen !== "Accept All Open") return;
    const open = this.reviewer.review?.hunks.filter((hunk) => hunk.decision === "open") ?? [];
    await this.reviewer.decide(open, "accepted");
    await this.land();
  }

  /** Whether it can't land now; the reason has been shown then. */
  private refused(preview: LandingPreview): boolean {
    if (this.unsavedInTheWay(preview.files)) return true;
    const reasons = [
      preview.dirty.length > 0 ? `${preview.dirty.join(", ")} has uncommitted changes; commit or stash them` : "",
      preview.conflicts.length > 0
        ? `the accepted hunks do not apply to ${preview.conflicts.join(", ")} on ${preview.target}; reject those hunks, or undo your change there`
        : "",
    ].filter(Boolean);
    if (reasons.length === 0 && preview.commit !== null) return false;
    const why = reasons.join("; ") || "there is nothing that the target does not have already";
    void vscode.window.showErrorMessage(`Nothing was landed on ${preview.target}: ${why}.`);
    return true;
  }

  private unsavedInTheWay(paths: string[]): boolean {
    const touched = new Set(paths.map((path) => real(join(this.server.root, path))));
    const unsaved = vscode.workspace.textDocuments.filter(
      (document) => document.isDirty && document.uri.scheme === "file" && touched.has(real(document.uri.fsPath)),
    );
    const first = unsaved[0];
    if (!first) return false;
    const names = unsaved.map((document) => vscode.workspace.asRelativePath(document.uri, false)).join(", ");
    const sentence = `${names} has unsaved changes in an editor; save or revert them, then try again. Nothing was changed.`;
    void vscode.window
      .showErrorMessage(sentence, "Show File")
      .then((chosen) => chosen && vscode.window.showTextDocument(first));
    return true;
  }

  private async confirmed(preview: LandingPreview): Promise<boolean> {
    for (;;) {
      const detail = `${preview.files.join("\n")}\n\n${preview.message}`;
      const question = `Land on ${preview.target}? ${count(preview.files.length, "file")} will change.`;
      const chosen = await vscode.window.showInformationMessage(question, { modal: true, detail }, "Land", "Show Changes");
      if (chosen === "Land") return true;
      if (chosen !== "Show Changes") return false;
      await this.showChanges(preview.target, preview.commit ?? preview.target, preview.files, "Would land");
      const answer = await vscode.window.showInformationMessage(`These changes would land on ${preview.target}.`, "Land", "Cancel");
      return answer === "Land";
    }
  }

  private async showChanges(before: string, after: string, files: string[], title: string): Promise<void> {
    const [from, to] = await Promise.all([before, after].map((ref) => git(this.server.root, ["rev-parse", ref])));
    const rows = files.map((path) => {
      const right = versionUri({ ref: (to ?? after).trim(), path }, title);
      return [right, versionUri({ ref: (from ?? before).trim(), path }, title), right];
    });
    await vscode.commands.executeCommand("vscode.changes", `Intern: ${title}`, rows);
  }
}

/** The folder may have been opened through a link; the daemon names the real one. */
function real(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path; // deleted on disk, still open in an editor
  }
}
