/** Single runs: train, diagnose, stop, read the log, copy what makes it again. */
import * as vscode from "vscode";
import { askUncommitted, unsavedAreMeant } from "./improve";
import { selectedInterpreter } from "./locate";
import type { Model } from "./model";
import { diagnosisPage, findingPage, type Logs, type Pages } from "./pages";
import type { Run } from "./protocol";
import type { Server } from "./server";
import { goesOn, reproduction } from "./words";

export class Training {
  constructor(
    private readonly server: Server,
    private readonly model: Model,
    private readonly pages: Pages,
    private readonly logs: Logs,
  ) {}

  async run(): Promise<void> {
    await this.server.ready();
    if (!(await unsavedAreMeant("trained"))) return;
    const includeUncommitted = await askUncommitted(this.server.root);
    if (includeUncommitted === undefined) return;
    const python = await selectedInterpreter(this.server.folder.uri);
    const run = await this.server.request("intern/run/launch", { includeUncommitted, python, evaluate: true });
    void vscode.window.showInformationMessage(`${run.id} started: ${run.command}`, "Open Log", "Show Runs").then((chosen) => {
      if (chosen === "Open Log") void this.logs.open(run);
      if (chosen === "Show Runs") void vscode.commands.executeCommand("intern.runs.focus");
    });
  }

  /** The same commit with the same seed, evaluated again. */
  async rerun(run: Run): Promise<void> {
    const again = { commit: run.commit, seed: run.seed, rung: run.rung, python: run.python, evaluate: true };
    const started = await this.server.request("intern/run/launch", again);
    void vscode.window.showInformationMessage(`${started.id} runs ${run.id} again: ${started.command}, seed ${started.seed}.`);
  }

  async diagnose(wanted?: Run): Promise<void> {
    await this.server.ready();
    const run = wanted ?? this.model.newestRun;
    if (!run) return void vscode.window.showInformationMessage("There is no run yet; start one with “Intern: Run Training”.");
    const diagnosis = await this.server.request("intern/run/diagnose", { run: run.id });
    await this.pages.show(`Diagnosis of ${run.id}`, diagnosisPage(run, diagnosis));
  }

  async showFinding(run: string, rule: string): Promise<void> {
    const { findings } = await this.server.request("intern/run/diagnose", { run });
    const finding = findings.find((each) => each.rule === rule);
    if (!finding) return void vscode.window.showInformationMessage(`${rule} no longer applies to ${run}.`);
    await this.pages.show(`${rule} in ${run}`, findingPage(finding));
  }

  async stop(run: Run): Promise<void> {
    if (!goesOn(run)) return void vscode.window.showInformationMessage(`${run.id} has ended already.`);
    const question = `Stop ${run.id}? What it logged so far stays.`;
    if ((await vscode.window.showWarningMessage(question, { modal: true }, "Stop Run")) === undefined) return;
    await this.server.request("intern/run/stop", { run: run.id });
  }

  async copyReproduction(run: Run): Promise<void> {
    await vscode.env.clipboard.writeText(reproduction(run));
    vscode.window.setStatusBarMessage("Intern: the command is on the clipboard", 3000);
  }
}
