/** Notifications with actions: a run of yours ended, a verdict fell, a session finished. */
import * as vscode from "vscode";
import type { Model } from "./model";
import type { Event, Experiment, Run, Session } from "./protocol";
import { gain, goesOn, name, number, score } from "./words";

type Wish = "all" | "important" | "none";

export class Notifications implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;
  /** Told already: a run or a session is stored again with every change. */
  private readonly told = new Set<string>();

  constructor(private readonly model: Model) {
    this.subscription = model.onLive((event) => this.tell(event));
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private tell({ body }: Event): void {
    const wish = vscode.workspace.getConfiguration("intern").get<Wish>("notifications", "important");
    if (wish === "none") return;
    const all = wish === "all";
    if (body.kind === "run" && !goesOn(body.run) && (all || body.run.session === null)) this.runEnded(body.run);
    if (body.kind === "experiment" && body.experiment.verdict && body.experiment.number > 0) {
      if (all || body.experiment.verdict.name === "keep") this.judged(body.experiment);
    }
    if (body.kind === "session" && !["running", "interrupted"].includes(body.session.state)) this.sessionEnded(body.session);
  }

  private once(key: string): boolean {
    if (this.told.has(key)) return false;
    this.told.add(key);
    return true;
  }

  private runEnded(run: Run): void {
    // A run that is still to be scored changes once more, and that is when it is told.
    const scored = Object.entries(run.dev ?? {}).map(([metric, value]) => `${metric} ${score(value)}`);
    if (!this.once(`${run.id}/${run.state}/${scored.length > 0}`)) return;
    const node = { kind: "run", run };
    const actions: Record<string, () => unknown> = {
      "Open Log": () => vscode.commands.executeCommand("intern.openLog", node),
      Diagnose: () => vscode.commands.executeCommand("intern.diagnose", node),
    };
    if (run.state === "succeeded") show("info", [`${run.id} finished`, ...scored].join(", ") + ".", actions);
    else show("warning", `${run.id} ${run.state}: ${run.message ?? run.cause ?? "no reason was recorded"}`, actions);
  }

  private judged(experiment: Experiment): void {
    const verdict = experiment.verdict!;
    if (!this.once(`${experiment.id}/${verdict.name}`)) return;
    const effect = verdict.effect === null ? "" : ` ${gain(verdict.effect)}`;
    show("info", `${name(experiment)} ${verdict.name}${effect}: ${experiment.title}. ${verdict.reason}`, {
      "Open Diff": () => vscode.commands.executeCommand("intern.openCommit", { kind: "experiment", experiment }),
    });
  }

  private sessionEnded(session: Session): void {
    // A resumed session ends again.
    if (!this.once(`${session.id}/${session.state}/${number(session.ended)}`)) return;
    const kept = this.model.kept(session.id).length;
    const result = kept > 0 ? `${kept} kept` : "nothing kept";
    const actions: Record<string, () => unknown> = {};
    if (kept > 0) actions["Review Changes"] = () => vscode.commands.executeCommand("intern.review");
    if (session.report) actions["Show Report"] = () => vscode.commands.executeCommand("intern.showReport", { kind: "session", session });
    const level = session.state === "failed" ? "warning" : "info";
    show(level, `${session.id} ${session.state}, ${result}. ${session.reason ?? ""}`.trim(), actions);
  }
}

function show(level: "info" | "warning", sentence: string, actions: Record<string, () => unknown>): void {
  const say = level === "info" ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  void say(sentence, ...Object.keys(actions)).then((chosen) => chosen && actions[chosen]?.());
}
