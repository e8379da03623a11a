/** Intern in VS Code: the parts, put together. */
import { homedir } from "node:os";
import * as vscode from "vscode";
import { Approvals } from "./approvals";
import { type Parts, registerCommands } from "./commands";
import { Editing } from "./editing";
import { Findings } from "./findings";
import { GitContent, SCHEME } from "./gitContent";
import { HunkLenses } from "./hunks";
import { Improver } from "./improve";
import { Landing } from "./landing";
import { Model } from "./model";
import { Notifications } from "./notifications";
import { Logs, Pages } from "./pages";
import { Panels } from "./panels";
import { Reviewer } from "./review";
import { RunsTree } from "./runsTree";
import { Server } from "./server";
import { Setup } from "./setup";
import { RunStatus } from "./status";
import { Threads } from "./threads";
import { Training } from "./training";

export async function activate(context: vscode.ExtensionContext): Promise<Parts> {
  const folder = await pickFolder();
  const log = vscode.window.createOutputChannel("Intern", { log: true });
  const trace = vscode.window.createOutputChannel("Intern Trace", { log: true });
  const server = new Server(context, folder, log, trace);
  const model = new Model(server);
  const logs = new Logs(server, model);
  const pages = new Pages();
  const reviewer = new Reviewer(server, model);
  const tree = new RunsTree(server, model);
  const view = vscode.window.createTreeView("intern.runs", { treeDataProvider: tree, showCollapseAll: true, canSelectMany: true });
  const improver = new Improver(server, model, context.workspaceState);
  const editing = new Editing(server, model, reviewer, pages);
  const panels = new Panels({ context, server, model, editing });
  const approvals = new Approvals(server, model, view);
  const threads = new Threads(server, model);
  const parts: Parts = {
    context,
    server,
    model,
    improver,
    reviewer,
    panels,
    editing,
    approvals,
    threads,
    findings: new Findings(server, model),
    logs,
    trace,
    training: new Training(server, model, pages, logs),
    setup: new Setup(server),
    landing: new Landing(server, reviewer),
  };
  context.subscriptions.push(
    log, trace, server, model, logs, pages, reviewer, tree, view, improver, panels, approvals, threads,
    new RunStatus(server, model),
    new Notifications(model),
    HunkLenses.register(reviewer),
    registerCommands(parts),
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, new GitContent(() => server.root)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void server.start()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("intern.pythonPath")) void server.restart();
    }),
    server.onPhase(({ kind }) => void vscode.commands.executeCommand("setContext", "intern.phase", kind)),
  );
  if (vscode.workspace.workspaceFolders?.length) startWhenWanted(server, context);
  return parts;
}

/** The folder with an intern.toml, else the first. One daemon serves one repository. */
async function pickFolder(): Promise<vscode.WorkspaceFolder> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  for (const folder of folders) if (await has(folder, "intern.toml")) return folder;
  // In an empty window only what needs no repository works: New Training Workspace.
  return folders[0] ?? { uri: vscode.Uri.file(homedir()), name: "home", index: 0 };
}

async function has(folder: vscode.WorkspaceFolder, name: string): Promise<boolean> {
  return vscode.workspace.fs.stat(vscode.Uri.joinPath(folder.uri, name)).then(() => true, () => false);
}

/** Code that trains imports one of these; other Python folders get no daemon. */
const TRAINS = /^\s*(?:from|import)\s+(?:trl|transformers|peft|torch|lightning|unsloth|axolotl)\b/m;

/** Connect where Intern has been told of, or where training code is opened. */
function startWhenWanted(server: Server, context: vscode.ExtensionContext): void {
  const look = (document: vscode.TextDocument): void => {
    const idle = server.phase.kind === "idle" || server.phase.kind === "untrusted";
    const inside = vscode.workspace.getWorkspaceFolder(document.uri) === server.folder;
    if (idle && inside && document.languageId === "python" && TRAINS.test(document.getText())) void server.start();
  };
  context.subscriptions.push(vscode.workspace.onDidOpenTextDocument(look));
  void has(server.folder, "intern.toml").then((known) => {
    if (known) void server.start();
    else vscode.workspace.textDocuments.forEach(look);
  });
}
