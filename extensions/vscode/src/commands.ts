/** The palette's commands, and those that lenses, quick fixes, the tree and the SCM view name. */
import * as vscode from "vscode";
import type { Approvals } from "./approvals";
import type { Editing } from "./editing";
import type { Candidate, Findings } from "./findings";
import type { Improver } from "./improve";
import { install } from "./install";
import type { Landing } from "./landing";
import { follow } from "./links";
import type { Model } from "./model";
import { selectModel } from "./models";
import type { Logs } from "./pages";
import type { Panels } from "./panels";
import type { Approval, Decision, Hunk, Place, Session } from "./protocol";
import { worktreeFile } from "./quickDiff";
import type { Change, Group, Reviewer } from "./review";
import type { Node } from "./runsTree";
import type { Server } from "./server";
import type { Setup } from "./setup";
import type { Threads } from "./threads";
import type { Training } from "./training";

export interface Parts {
  readonly context: vscode.ExtensionContext;
  readonly server: Server;
  readonly model: Model;
  readonly improver: Improver;
  readonly training: Training;
  readonly setup: Setup;
  readonly reviewer: Reviewer;
  readonly landing: Landing;
  readonly panels: Panels;
  readonly editing: Editing;
  readonly findings: Findings;
  readonly approvals: Approvals;
  readonly threads: Threads;
  readonly logs: Logs;
  readonly trace: vscode.LogOutputChannel;
}

type Handler = (argument?: any, second?: any) => unknown; // what VS Code passes depends on the place

export function registerCommands(parts: Parts): vscode.Disposable {
  const { server, model, improver, training, setup, reviewer, landing, panels, editing, findings, approvals, threads, logs } = parts;
  const commands: Record<string, Handler> = {
    improve: async () => {
      if ((await improver.start()) && panels.present) panels.show("improve");
    },
    resume: (node?: Node) => improver.resume(node?.kind === "session" ? node.session.id : null),
    stop: () => improver.stop(),
    run: () => training.run(),
    diagnose: (node?: Node) => {
      const run = node?.kind === "run" ? node.run : model.newestRun;
      return run && panels.present ? panels.show("diagnosis", [run.id]) : training.diagnose(run);
    },
    review: () => reviewer.openAll(),
    land: () => landing.land(),
    undoLanding: () => landing.undo(),
    approvals: () => approvals.list(),
    selectModel: () => selectModel(server),
    openChat: () => vscode.commands.executeCommand("intern.chat.focus"),
    showReport: (node?: Node) => showReport(parts, node?.kind === "session" ? node.session : undefined),
    newWorkspace: () => setup.newWorkspace(),
    init: () => setup.init(),
    doctor: () => setup.doctor(),
    restart: () => server.restart(),
    install: () => offerInstall(parts),
    showLog: () => server.log.show(true),
    showTrace: () => parts.trace.show(true),

    openLog: (node: Node) => node.kind === "run" && logs.open(node.run),
    stopRun: (node: Node) => node.kind === "run" && training.stop(node.run),
    rerun: (node: Node) => node.kind === "run" && training.rerun(node.run),
    compare: (node: Node, nodes?: Node[]) => compare(parts, nodes ?? [node]),
    copyReproduce: (node: Node) => node.kind === "run" && training.copyReproduction(node.run),
    openCommit: (node: Node) => node.kind === "experiment" && reviewer.openExperiment(node.experiment),
    openWorktreeFile: ({ experiment, path }: Change) =>
      vscode.window.showTextDocument(worktreeFile(server.root, experiment.session, path)),

    decide: (hunks: Hunk[], decision: Decision) => reviewer.decide(hunks, decision),
    acceptFile: (...changes: Change[]) => reviewer.decide(hunksOf(changes), "accepted"),
    rejectFile: (...changes: Change[]) => reviewer.decide(hunksOf(changes), "rejected"),
    acceptExperiment: (group: Group) => reviewer.decide(hunksOf(group.resourceStates), "accepted"),
    rejectExperiment: (group: Group) => reviewer.decide(hunksOf(group.resourceStates), "rejected"),

    showFinding: ({ run, rule }: { run: string; rule: string }) => training.showFinding(run, rule),
    showExperiment: ({ experiment }: { experiment: string }) => {
      const found = model.experiments.get(experiment);
      if (found) return reviewer.openExperiment(found);
      return vscode.window.showInformationMessage(`${experiment} is not known in this workspace.`);
    },
    tryCandidate: (candidate: Candidate) => findings.try(candidate),
    suppressFinding: (finding: { run?: string; rule: string }) => findings.suppress(finding),

    "approval.grantOnce": (approval: Approval) => approvals.grant(approval, "once"),
    "approval.answer": (approval: Approval) => approvals.ask(approval),
    "approval.deny": (approval: Approval) => approvals.deny(approval),

    comment: (reply: vscode.CommentReply) => threads.say(reply),
    resolveThread: (thread: vscode.CommentThread) => threads.resolve(thread, true),
    reopenThread: (thread: vscode.CommentThread) => threads.resolve(thread, false),

    follow: (href: string) => follow(href),
    openPlace: (place: Place) => editing.openFile(place),
    showCommit: (commit: string) => editing.do({ kind: "openDiff", commit }),
  };
  if (panels.present) {
    commands["openCurves"] = (wish?: Node | { runs?: string[] }) => panels.show("curves", runsOf(wish));
    commands["openImprove"] = () => panels.show("improve");
    commands["openReport"] = () => panels.show("report");
    commands["openDiagnosis"] = (wish?: { runs?: string[] }) => panels.show("diagnosis", wish?.runs);
  } else {
    commands["openCurves"] = (wish?: { runs?: string[] }) => {
      const run = model.runs.get(wish?.runs?.at(-1) ?? "") ?? model.newestRun;
      return run ? training.diagnose(run) : training.diagnose();
    };
  }
  const registered = Object.entries(commands).map(([name, handler]) =>
    vscode.commands.registerCommand(`intern.${name}`, (...given: unknown[]) => guarded(server, () => handler(...(given as [])))),
  );
  return vscode.Disposable.from(...registered);
}

/** The daemon's sentence as one message; a thrown error would open a dialog with a stack. */
async function guarded(server: Server, deed: () => unknown): Promise<unknown> {
  try {
    return await deed();
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    server.log.error(sentence);
    const missing = server.phase.kind === "missing";
    const action = missing ? "Install" : server.phase.kind === "untrusted" ? "Manage Trust" : "Show Log";
    void vscode.window.showErrorMessage(sentence, action).then((chosen) => {
      if (!chosen) return;
      if (missing) void vscode.commands.executeCommand("intern.install");
      else if (action === "Manage Trust") void vscode.commands.executeCommand("workbench.trust.manage");
      else server.log.show(true);
    });
    return undefined;
  }
}

function hunksOf(changes: readonly Change[]): Hunk[] {
  return changes.flatMap((change) => change.hunks);
}

/** The runs of a place in the Runs view, or those that a lens names. */
function runsOf(wish?: Node | { runs?: string[] }): string[] {
  if (wish === undefined) return [];
  if (!("kind" in wish)) return wish.runs ?? [];
  if (wish.kind === "run") return [wish.run.id];
  return wish.kind === "experiment" ? wish.experiment.runs : [];
}

/** The curves of several runs over each other, with what tells them apart. */
async function compare({ model, panels }: Parts, nodes: readonly Node[]): Promise<void> {
  const runs = [...new Set(nodes.flatMap(runsOf))];
  if (runs.length === 1) {
    const others = [...model.runs.values()].filter(({ id }) => id !== runs[0]).reverse();
    const items = others.map((run) => ({ label: run.id, description: run.state, detail: run.command }));
    const chosen = await vscode.window.showQuickPick(items, { title: `Compare ${runs[0]} with`, canPickMany: true });
    runs.push(...(chosen ?? []).map(({ label }) => label));
  }
  if (runs.length > 1) panels.show("curves", runs, true);
  else void vscode.window.showInformationMessage("Two runs or more can be compared; choose them in the Runs view.");
}

/** The newest one in its panel; an older one as the Markdown that it is. */
async function showReport({ server, model, panels }: Parts, wanted?: Session): Promise<void> {
  await server.ready();
  if (panels.present && (!wanted || wanted.id === model.newestSession?.id)) return panels.show("report");
  const session = wanted ?? [...model.sessions.values()].findLast(({ report }) => report !== null);
  if (!session?.report) {
    return void vscode.window.showInformationMessage("There is no report yet; a session writes one when it ends.");
  }
  await vscode.commands.executeCommand("markdown.showPreview", vscode.Uri.file(`${server.root}/${session.report}`));
}

async function offerInstall({ context, server }: Parts): Promise<void> {
  const sentence = "Intern's Python part was not found. Install it into an environment of the extension's own?";
  const chosen = await vscode.window.showInformationMessage(sentence, "Install", "Name a Python", "Show Log");
  if (chosen === "Name a Python") await vscode.commands.executeCommand("workbench.action.openSettings", "intern.pythonPath");
  if (chosen === "Show Log") server.log.show(true);
  if (chosen === "Install" && (await install(context, server.log))) await server.restart();
}
