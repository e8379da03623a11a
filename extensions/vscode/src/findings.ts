/** What quick fixes of a finding do: try one of its candidates, or call it no problem. */
import * as vscode from "vscode";
import { askUncommitted, unsavedAreMeant } from "./improve";
import { selectedInterpreter } from "./locate";
import type { Model } from "./model";
import type { WishInput } from "./protocol";
import type { Server } from "./server";

/** The argument of `intern.tryCandidate`, as the daemon's quick fixes give it. */
export interface Candidate {
  readonly title: string;
  readonly hypothesis: string;
  readonly source: string;
  /** Ready to be sent. */
  readonly wish: WishInput;
}

export class Findings {
  constructor(
    private readonly server: Server,
    private readonly model: Model,
  ) {}

  /** One experiment: in the session that runs, else in a new one for it alone. */
  async try({ title, hypothesis, source, wish }: Candidate): Promise<void> {
    await this.server.ready();
    const running = this.model.runningSession;
    const where = running ? `${running.id} tries it next.` : "A session of its own measures the baseline and then this.";
    const detail = `${hypothesis}\n\nSource: ${source}\n\n${where}`;
    if ((await vscode.window.showInformationMessage(`Try ${title}?`, { modal: true, detail }, "Try")) === undefined) return;
    // A running session stands on its own starting point; what is uncommitted here does not matter to it.
    if (!running && !(await unsavedAreMeant("the starting point"))) return;
    const includeUncommitted = running ? false : await askUncommitted(this.server.root);
    if (includeUncommitted === undefined) return;
    const python = await selectedInterpreter(this.server.folder.uri);
    const session = await this.server.request("intern/experiment/try", { wish, includeUncommitted, python });
    const refused = session.wishes.at(-1)?.refused;
    if (refused) void vscode.window.showWarningMessage(`${title} is not tried: ${refused}`);
    else void vscode.window.showInformationMessage(`${session.id} tries ${title}.`);
  }

  /** Ask how far that reaches and why, and tell the daemon, which keeps it in the workspace. */
  async suppress({ run, rule }: { run?: string | null; rule: string }): Promise<void> {
    const everywhere = { label: "In every run of this workspace", run: null };
    const choices = run ? [{ label: `In ${run} only`, run }, everywhere] : [everywhere];
    const chosen = await vscode.window.showQuickPick(choices, { title: `${rule} is not a problem` });
    if (!chosen) return;
    const reason = await vscode.window.showInputBox({
      title: `Why is ${rule} not a problem?`,
      prompt: "It is kept in the workspace, where the others of your team can read it.",
      validateInput: (text) => (text.trim() ? undefined : "One sentence, so that it can be judged again later"),
    });
    if (reason === undefined) return;
    await this.server.request("intern/finding/suppress", { rule, run: chosen.run, reason: reason.trim() });
    const undo = await vscode.window.showInformationMessage(`${rule} is no longer shown. Reason: ${reason.trim()}`, "Undo");
    if (undo) await this.server.request("intern/finding/suppress", { rule, run: chosen.run, active: false });
  }
}
