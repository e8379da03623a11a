/** Before the first run: a new workspace, intern.toml for an old one, what the doctor says. */
import * as path from "node:path";
import * as vscode from "vscode";
import { commandLine, type Launcher, print } from "./python";
import { Refusal, type Server, unready } from "./server";

/** Milliseconds; a template's base model is built in some of them. */
const PATIENCE = 300_000;

const TEMPLATES = [
  { label: "sft", description: "Supervised fine-tuning of a tiny model; runs on a CPU in a minute" },
];

export class Setup {
  constructor(private readonly server: Server) {}

  async newWorkspace(): Promise<void> {
    const template = TEMPLATES.length === 1 ? TEMPLATES[0] : await vscode.window.showQuickPick(TEMPLATES, { title: "New training workspace" });
    if (!template) return;
    const picked = await vscode.window.showOpenDialog({
      canSelectFolders: true,
      canSelectFiles: false,
      title: "Where should the new workspace stand?",
      openLabel: "Create Here",
      defaultUri: vscode.Uri.joinPath(this.server.folder.uri, ".."),
    });
    const parent = picked?.[0];
    if (!parent) return;
    const name = await vscode.window.showInputBox({
      title: "Name of the new folder",
      value: `${template.label}-workspace`,
      validateInput: (text) => (/^[\w.-]+$/.test(text) ? undefined : "Letters, digits, dots, dashes and underscores"),
    });
    if (!name) return;
    const folder = path.join(parent.fsPath, name);
    await this.intern(`Making ${name}`, ["new", template.label, folder]);
    const chosen = await vscode.window.showInformationMessage(`${folder} is ready.`, "Open", "Open in New Window");
    if (chosen === undefined) return;
    const options = { forceNewWindow: chosen === "Open in New Window" };
    await vscode.commands.executeCommand("vscode.openFolder", vscode.Uri.file(folder), options);
  }

  /** Show what was found, write intern.toml when it looks right. Returns whether it is there. */
  async init(): Promise<boolean> {
    await this.server.ready();
    const root = this.server.root;
    const answer = await this.intern("Reading the training code", ["-C", root, "init", "--json"]);
    const { found, toml } = JSON.parse(answer) as { found: Record<string, { value: string; source: string }[]>; toml: string };
    const lines = Object.entries(found)
      .filter(([, values]) => values.length > 0)
      .map(([what, values]) => `${what}: ${values.map(({ value, source }) => `${value} (${source})`).join(", ")}`);
    const missing = Object.entries(found).filter(([, values]) => values.length === 0).map(([what]) => what);
    const detail = [...lines, "", `Not found: ${missing.join(", ") || "nothing"}`, "", toml].join("\n");
    const write = "Looks Right, Write intern.toml";
    const chosen = await vscode.window.showInformationMessage("How this repository trains and scores", { modal: true, detail }, write);
    if (chosen !== write) return false;
    await this.intern("Writing intern.toml", ["-C", root, "init", "--yes"]);
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(path.join(root, "intern.toml")));
    await vscode.window.showTextDocument(document, { preview: false, preserveFocus: true });
    return true;
  }

  /** In a terminal of its own, where it keeps its colours. */
  async doctor(): Promise<void> {
    const [executable, args] = commandLine(await this.launcher(), ["-C", this.server.folder.uri.fsPath, "doctor"]);
    const execution = new vscode.ProcessExecution(executable, args, { cwd: this.server.folder.uri.fsPath });
    const task = new vscode.Task({ type: "process", task: "intern doctor" }, this.server.folder, "Doctor", "Intern", execution);
    task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, focus: false, echo: false, panel: vscode.TaskPanelKind.Dedicated };
    await vscode.tasks.executeTask(task);
  }

  private async launcher(): Promise<Launcher> {
    const found = this.server.launcher ?? (await this.server.find());
    if (found) return found;
    const kind = vscode.workspace.isTrusted ? "missing" : "untrusted";
    throw new Refusal(unready({ kind }), "DaemonUnreachable");
  }

  private async intern(title: string, words: string[]): Promise<string> {
    const [executable, args] = commandLine(await this.launcher(), words);
    const options = { location: vscode.ProgressLocation.Notification, title };
    const answer = await vscode.window.withProgress(options, () => print(executable, args, undefined, PATIENCE));
    if (answer.code === 0) return answer.stdout;
    throw new Refusal(answer.stderr.replace(/^intern: /, "").trim() || `intern ${words.join(" ")} failed`, "BadInput");
  }
}
