/** Runs view: session > experiments as a tree > runs, with verdict, state and time left. */
import * as vscode from "vscode";
import type { Model } from "./model";
import type { Experiment, Run, Session } from "./protocol";
import type { Server } from "./server";
import { clock, gain, goesOn, name, rung, score, short, spent } from "./words";

export type Node =
  | { readonly kind: "session"; readonly session: Session }
  | { readonly kind: "experiment"; readonly experiment: Experiment }
  | { readonly kind: "run"; readonly run: Run };

const color = (id: string): vscode.ThemeColor => new vscode.ThemeColor(id);
const GREEN = color("testing.iconPassed");
const RED = color("testing.iconFailed");
const BLUE = color("charts.blue");
const FAINT = color("descriptionForeground");

/** Milliseconds between two drawings: a fast trainer logs hundreds of rows a second. */
const PAUSE = 200;

export class RunsTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  private readonly subscription: vscode.Disposable;
  private timer: NodeJS.Timeout | null = null;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly server: Server,
    private readonly model: Model,
  ) {
    this.subscription = model.onChange(() => {
      this.timer ??= setTimeout(() => {
        this.timer = null;
        this.changed.fire(undefined);
      }, PAUSE);
    });
  }

  dispose(): void {
    if (this.timer) clearTimeout(this.timer);
    vscode.Disposable.from(this.subscription, this.changed).dispose();
  }

  getChildren(node?: Node): Node[] {
    if (!node) {
      const own = [...this.model.runs.values()].filter((run) => run.session === null);
      const sessions = [...this.model.sessions.values()];
      return [...own.map(runNode), ...sessions.map((session): Node => ({ kind: "session", session }))].reverse();
    }
    switch (node.kind) {
      case "session":
        return this.below(node.session.id, null);
      case "experiment": {
        const runs = this.model.runsOf(node.experiment).map(runNode);
        return [...runs, ...this.below(node.experiment.session, node.experiment.id)];
      }
      case "run":
        return [];
    }
  }

  getTreeItem(node: Node): vscode.TreeItem {
    switch (node.kind) {
      case "session":
        return this.sessionItem(node.session);
      case "experiment":
        return experimentItem(node.experiment);
      case "run":
        return runItem(node.run);
    }
  }

  /** The tooltip of an experiment: what it says of itself, and every setting that its parent has otherwise. */
  async resolveTreeItem(item: vscode.TreeItem, node: Node): Promise<vscode.TreeItem> {
    if (node.kind !== "experiment") return item;
    const { hypothesis, source, changes, verdict, runs, parent: id } = node.experiment;
    const told = [verdict?.name ?? "", hypothesis, source, ...changes.map((change) => change.what), verdict?.reason ?? ""];
    const parent = this.model.experiments.get(id ?? "");
    const [own, theirs] = [runs[0], parent?.runs[0]];
    if (parent && own !== undefined && theirs !== undefined) {
      const compared = await this.server.request("intern/run/compare", { runs: [theirs, own] }).catch(() => null);
      for (const { name: setting, values } of compared?.settings ?? []) {
        told.push(`${setting}: ${values[0] ?? "not set"} in ${name(parent)}, ${values[1] ?? "not set"} here`);
      }
    }
    item.tooltip = told.filter(Boolean).join("\n");
    return item;
  }

  private below(session: string, parent: string | null): Node[] {
    return this.model
      .experimentsOf(session)
      .filter((experiment) => experiment.parent === parent)
      .map((experiment) => ({ kind: "experiment", experiment }));
  }

  private sessionItem(session: Session): vscode.TreeItem {
    const item = new vscode.TreeItem(session.slug, vscode.TreeItemCollapsibleState.Expanded);
    const baseline = this.model.experimentsOf(session.id).find((experiment) => experiment.number === 0);
    const best = session.incumbent === null ? undefined : this.model.experiments.get(session.incumbent);
    const scores = baseline?.score && best?.score ? `${score(baseline.score)} -> ${score(best.score)}, ` : "";
    item.id = `session/${session.id}`;
    item.description = `${scores}${session.state === "running" ? spent(session) : session.state}`;
    item.tooltip = [session.branch, `${session.metric}, ${session.direction}`, spent(session), session.reason ?? ""]
      .filter(Boolean)
      .join("\n");
    item.contextValue = `session.${session.state}${session.report ? ".reported" : ""}`;
    item.iconPath = new vscode.ThemeIcon(session.state === "running" ? "sync~spin" : "beaker");
    return item;
  }
}

function runNode(run: Run): Node {
  return { kind: "run", run };
}

function experimentItem(experiment: Experiment): vscode.TreeItem {
  const baseline = experiment.number === 0;
  const running = experiment.state === "running";
  const open = baseline || running ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
  const { verdict } = experiment;
  const effect = verdict && verdict.effect !== null ? `  ${gain(verdict.effect)}` : "";
  const item = new vscode.TreeItem(baseline ? "baseline" : `${name(experiment)}${effect}`, open);
  // The narrow view cuts the end of the line: first what was measured, then what was changed.
  const parts = [running ? `rung ${rung(experiment.rung)}` : "", baseline ? score(experiment.score) : experiment.title];
  item.id = `experiment/${experiment.id}`;
  item.description = parts.filter((part) => part && part !== "-").join("  ");
  item.contextValue = `experiment.${verdict?.name ?? experiment.state}${experiment.commit && !baseline ? ".commit" : ""}`;
  item.iconPath = experimentIcon(experiment);
  return item;
}

function experimentIcon(experiment: Experiment): vscode.ThemeIcon {
  if (experiment.state === "running") return new vscode.ThemeIcon("sync~spin", BLUE);
  switch (experiment.verdict?.name) {
    case "keep":
      return new vscode.ThemeIcon("pass-filled", GREEN);
    case "discard":
      return new vscode.ThemeIcon("circle-slash", FAINT);
    case "inconclusive":
      return new vscode.ThemeIcon("question", FAINT);
    default:
      return new vscode.ThemeIcon(experiment.number === 0 ? "circle-filled" : "circle-outline");
  }
}

const RUN_ICONS: Record<Run["state"], vscode.ThemeIcon> = {
  queued: new vscode.ThemeIcon("clock"),
  running: new vscode.ThemeIcon("sync~spin", BLUE),
  succeeded: new vscode.ThemeIcon("check", GREEN),
  failed: new vscode.ThemeIcon("error", RED),
  stopped: new vscode.ThemeIcon("debug-stop", FAINT),
  lost: new vscode.ThemeIcon("debug-disconnect", RED),
};

function runItem(run: Run): vscode.TreeItem {
  const item = new vscode.TreeItem(run.id);
  item.id = `run/${run.id}`;
  item.description = runDescription(run);
  item.tooltip = [
    `${run.command} at ${short(run.commit)}, seed ${run.seed}, ${run.backend}`,
    run.cpuSeconds === null ? "" : `${clock(run.cpuSeconds)} of CPU time`,
    run.message ?? "",
  ]
    .filter(Boolean)
    .join("\n");
  item.contextValue = goesOn(run) ? "run.live" : "run.ended";
  item.iconPath = RUN_ICONS[run.state];
  item.command = { command: "intern.openLog", title: "Open Log", arguments: [{ kind: "run", run } satisfies Node] };
  return item;
}

function runDescription(run: Run): string {
  const parts = [`seed ${run.seed}`];
  if (run.backend !== "local") parts.unshift(run.backend);
  if (rung(run.rung) !== "full") parts.push(rung(run.rung));
  if (goesOn(run)) {
    const { step, totalSteps, etaSeconds } = run.progress;
    parts.push(totalSteps ? `${step}/${totalSteps}` : run.state);
    if (etaSeconds !== null) parts.push(`eta ${clock(etaSeconds)}`);
  } else {
    const [metric] = Object.values(run.dev ?? {});
    parts.push(run.state === "succeeded" && metric !== undefined ? score(metric) : run.state);
  }
  return parts.join(", ");
}
