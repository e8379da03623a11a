/** Improve This Training Run: from the questions before it to Stop, over reloads of the window. */
import * as vscode from "vscode";
import { git } from "./gitContent";
import { selectedInterpreter } from "./locate";
import type { Model } from "./model";
import { chosenModel } from "./models";
import type { Server } from "./server";
import { count, goesOn, name, spent } from "./words";

export class Improver implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;
  private shown: string | null = null;

  constructor(
    private readonly server: Server,
    private readonly model: Model,
    private readonly kept: vscode.Memento,
  ) {
    this.subscription = vscode.Disposable.from(
      model.onChange(() => this.showProgress()),
      model.onCaughtUp(() => void this.offerResume()),
    );
  }

  dispose(): void {
    this.subscription.dispose();
  }

  /** Returns whether a session was started. */
  async start(): Promise<boolean> {
    await this.server.ready();
    const running = this.model.runningSession;
    if (running) {
      const sentence = `${running.id} is improving this workspace already (${spent(running)}).`;
      const chosen = await vscode.window.showInformationMessage(sentence, "Show Runs", "Stop");
      if (chosen === "Show Runs") await vscode.commands.executeCommand("intern.runs.focus");
      if (chosen === "Stop") await this.stop();
      return false;
    }
    if (!(await hasContract(this.server)) && !(await vscode.commands.executeCommand("intern.init"))) return false;
    if (!(await unsavedAreMeant("improved"))) return false;
    const includeUncommitted = await askUncommitted(this.server.root);
    if (includeUncommitted === undefined) return false;
    const python = await selectedInterpreter(this.server.folder.uri);
    await this.server.request("intern/improve", { includeUncommitted, python, model: chosenModel() });
    return true;
  }

  /** A daemon that died left its session interrupted: said once, in one window or after a reload. */
  private async offerResume(): Promise<void> {
    const session = this.model.newestSession;
    if (session?.state !== "interrupted") return;
    const death = `${session.id} ${String(session.ended ?? session.spent.seconds)}`;
    if (this.kept.get("intern.offered") === death) return;
    await this.kept.update("intern.offered", death);
    const sentence = `${session.id} was interrupted (${spent(session)}): ${session.reason ?? "its daemon ended"}. Nothing that was measured is lost.`;
    const chosen = await vscode.window.showWarningMessage(sentence, "Resume", "Show Runs");
    if (chosen === "Resume") await vscode.commands.executeCommand("intern.resume");
    if (chosen === "Show Runs") await vscode.commands.executeCommand("intern.runs.focus");
  }

  /** Take the newest session up where it stands. */
  async resume(session: string | null): Promise<void> {
    await this.server.request("intern/session/resume", { session });
  }

  /** Stop the session after telling which runs would go on. */
  async stop(): Promise<void> {
    const session = this.model.runningSession;
    const live = [...this.model.runs.values()].filter(goesOn);
    if (!session) {
      if (live.length === 0) return void vscode.window.showInformationMessage("Nothing goes on that could be stopped.");
      return this.stopRuns(live.map((run) => run.id));
    }
    const own = live.filter((run) => run.session === session.id).map((run) => run.id);
    const others = live.filter((run) => run.session !== session.id).map((run) => run.id);
    const detail = [
      own.length > 0 ? `Its runs: ${own.join(", ")}.` : "None of its runs goes on.",
      others.length > 0 ? `These belong to nobody's session and go on either way: ${others.join(", ")}.` : "",
      "What was kept so far stays on its branch.",
    ].join("\n");
    const end = own.length > 0 ? `Stop and End ${count(own.length, "Run")}` : "Stop";
    const leave = "Stop, Let Runs Go On";
    const choices = own.length > 0 ? [end, leave] : [end];
    const chosen = await vscode.window.showWarningMessage(`Stop ${session.id}?`, { modal: true, detail }, ...choices);
    if (chosen === undefined) return;
    const answer = await this.server.request("intern/session/stop", { session: session.id, stopRuns: chosen === end });
    if (answer.stillRunning.length > 0) {
      void vscode.window.showInformationMessage(`${session.id} stopped; these runs go on: ${answer.stillRunning.join(", ")}.`);
    }
  }

  private async stopRuns(runs: string[]): Promise<void> {
    const question = `Stop ${runs.join(", ")}?`;
    if ((await vscode.window.showWarningMessage(question, { modal: true }, "Stop")) === undefined) return;
    for (const run of runs) await this.server.request("intern/run/stop", { run });
  }

  /** One progress notification a running session; a reload shows it again. */
  private showProgress(): void {
    const session = this.model.runningSession;
    if (!session || this.shown === session.id || this.server.phase.kind !== "ready") return;
    this.shown = session.id;
    const options = { location: vscode.ProgressLocation.Notification, title: `Improving ${session.slug}`, cancellable: true };
    void vscode.window.withProgress(options, async (progress, stop) => {
      let percent = 0;
      await new Promise<void>((resolve) => {
        const draw = (): void => {
          const now = this.model.sessions.get(session.id);
          if (now?.state !== "running" || this.server.phase.kind !== "ready") return finish();
          const current = this.model.experimentsOf(session.id).findLast((experiment) => experiment.state === "running");
          const share = Math.round((100 * now.spent.runs) / Math.max(1, now.budget.runs));
          const what = current ? `${name(current)} ${current.number > 0 ? current.title : ""}` : "";
          progress.report({ message: `${spent(now)} ${what}`, increment: Math.max(0, share - percent) });
          percent = Math.max(percent, share);
        };
        const subscriptions = vscode.Disposable.from(
          this.model.onChange(draw),
          stop.onCancellationRequested(() => {
            finish();
            this.shown = session.id; // asked and answered: the status bar goes on telling
            void vscode.commands.executeCommand("intern.stop");
          }),
        );
        const finish = (): void => {
          subscriptions.dispose();
          this.shown = null;
          resolve();
        };
        draw();
      });
    });
  }
}

async function hasContract(server: Server): Promise<boolean> {
  const file = vscode.Uri.file(`${server.root}/intern.toml`);
  return vscode.workspace.fs.stat(file).then(() => true, () => false);
}

/** Whether to go on although an editor holds changes that are not on disk. */
export async function unsavedAreMeant(verb: string): Promise<boolean> {
  const unsaved = vscode.workspace.textDocuments.filter((document) => document.isDirty && document.uri.scheme === "file");
  if (unsaved.length === 0) return true;
  const names = unsaved.map((document) => vscode.workspace.asRelativePath(document.uri, false)).join(", ");
  const sentence = `${names} is not saved; what is on disk would be ${verb}.`;
  const chosen = await vscode.window.showWarningMessage(sentence, "Save and Go On", "Go On Without");
  if (chosen === "Save and Go On") for (const document of unsaved) await document.save();
  return chosen !== undefined;
}

/** Whether uncommitted changes belong to the starting point; undefined: the person left. */
export async function askUncommitted(root: string): Promise<boolean | undefined> {
  const changed = (await git(root, ["status", "--porcelain", "--untracked-files=no"]))?.trim();
  if (!changed) return false;
  const files = changed.split("\n").length;
  const chosen = await vscode.window.showQuickPick(
    [
      { label: "With my uncommitted changes", description: count(files, "file"), include: true },
      { label: "From the last commit", description: "the changes stay where they are", include: false },
    ],
    { title: "Where should it start?" },
  );
  return chosen?.include;
}
