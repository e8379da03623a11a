/** Status-bar item: what goes on now, and what is left of the budget. */
import * as vscode from "vscode";
import type { Model } from "./model";
import { unready, type Server } from "./server";
import { clock, count, goesOn, name, number, spent } from "./words";

interface Face {
  readonly text: string;
  readonly tooltip: string;
  readonly command: string;
  readonly warning?: boolean;
}

export class RunStatus implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("intern.status", vscode.StatusBarAlignment.Left, 10);
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly server: Server,
    private readonly model: Model,
  ) {
    this.item.name = "Intern";
    this.subscriptions = [server.onPhase(() => this.draw()), model.onChange(() => this.draw())];
    this.draw();
    this.item.show();
  }

  dispose(): void {
    vscode.Disposable.from(this.item, ...this.subscriptions).dispose();
  }

  private draw(): void {
    const face = this.face();
    this.item.text = face.text;
    this.item.tooltip = face.tooltip;
    this.item.command = face.command;
    this.item.accessibilityInformation = { label: `${face.text.replace(/\$\([^)]*\)\s*/g, "")}. ${face.tooltip}` };
    this.item.backgroundColor = face.warning ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
  }

  private face(): Face {
    const phase = this.server.phase;
    switch (phase.kind) {
      case "idle":
        return { text: "Intern", tooltip: "Not connected. Click to connect.", command: "intern.restart" };
      case "untrusted":
        return { text: "$(shield) Intern: untrusted", tooltip: unready(phase), command: "workbench.trust.manage" };
      case "missing":
        return { text: "$(warning) Intern: not found", tooltip: unready(phase), command: "intern.install", warning: true };
      case "failed":
        return { text: "$(warning) Intern: offline", tooltip: unready(phase), command: "intern.showLog", warning: true };
      case "starting":
        return { text: "$(loading~spin) Intern: connecting", tooltip: "Finding the daemon.", command: "intern.showLog" };
      case "ready":
        return this.work();
    }
  }

  private work(): Face {
    const [question, ...more] = this.model.waiting;
    if (question) {
      const also = more.length > 0 ? `\nand ${more.length} more` : "";
      const tooltip = `${question.title}${also}`;
      return { text: "$(bell-dot) Intern: waiting for you", tooltip, command: "intern.approvals", warning: true };
    }
    const session = this.model.runningSession;
    const command = "intern.runs.focus";
    const going = [...this.model.runs.values()].filter(goesOn);
    if (session) {
      const current = this.model.experimentsOf(session.id).findLast((experiment) => experiment.state === "running");
      const now = current ? ` ${name(current)}` : "";
      const tooltip = [current?.title ?? "Improving", spent(session), `${count(going.length, "run")} going on`].join("\n");
      return { text: `$(beaker) Intern:${now} ${spent(session)}`, tooltip, command };
    }
    const run = going.at(-1);
    if (run) {
      const { step, totalSteps, etaSeconds, loss } = run.progress;
      const share = totalSteps ? ` ${Math.round((100 * step) / totalSteps)} %` : ` step ${step}`;
      const tooltip = `${run.command}\nloss ${number(loss).toPrecision(3)}, ends in ${clock(etaSeconds)}`;
      return { text: `$(sync~spin) Intern: ${run.id}${share}`, tooltip, command };
    }
    const last = this.model.newestSession;
    return {
      text: "$(beaker) Intern: ready",
      tooltip: last ? `${last.id} ${last.state}: ${last.reason ?? spent(last)}` : "Nothing goes on.",
      command,
    };
  }
}
