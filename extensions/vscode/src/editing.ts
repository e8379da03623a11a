/** What the panels ask of the editor: to open, to compare, to copy, to save. */
import * as path from "node:path";
import * as vscode from "vscode";
import { git, versionUri } from "./gitContent";
import type { Model } from "./model";
import type { Pages } from "./pages";
import type { Command, FromPage, View } from "./panelMessages";
import type { Place } from "./protocol";
import type { Reviewer } from "./review";
import type { Server } from "./server";
import { short } from "./words";

export type Wish = Exclude<FromPage, { kind: "ready" | "request" | "cancel" | "reconnect" }>;

const VIEWS: Record<View, string> = {
  improve: "intern.openImprove",
  curves: "intern.openCurves",
  diagnosis: "intern.openDiagnosis",
  report: "intern.openReport",
  chat: "intern.openChat",
  review: "intern.review",
};

const COMMANDS: Record<Command, string> = {
  improve: "intern.improve",
  newSession: "intern.improve",
  land: "intern.land",
  selectModel: "intern.selectModel",
};

export class Editing {
  constructor(
    private readonly server: Server,
    private readonly model: Model,
    private readonly reviewer: Reviewer,
    private readonly pages: Pages,
  ) {}

  async do(wish: Wish): Promise<void> {
    switch (wish.kind) {
      case "openFile":
        return this.openFile(wish.place);
      case "openDiff": {
        const experiment = this.model.experimentAt(wish.commit);
        return experiment ? this.reviewer.openExperiment(experiment) : this.compare(`${wish.commit}^`, wish.commit);
      }
      case "openCurves":
        return void vscode.commands.executeCommand(VIEWS.curves, { runs: wish.runs });
      case "openPanel":
        return void vscode.commands.executeCommand(VIEWS[wish.panel], ...(wish.run ? [{ runs: [wish.run] }] : []));
      case "openText":
        return this.pages.showText(wish.title, wish.text);
      case "compareCode":
        return this.compare(wish.one, wish.other);
      case "runCommand":
        // The page says a name, not a command: what it may start is this list.
        return void vscode.commands.executeCommand(COMMANDS[wish.command]);
      case "openLink": {
        const uri = vscode.Uri.parse(wish.href);
        if (uri.scheme === "https" || uri.scheme === "http") await vscode.env.openExternal(uri);
        return;
      }
      case "copyText":
        return vscode.env.clipboard.writeText(wish.text);
      case "saveFile": {
        const defaultUri = vscode.Uri.file(path.join(this.server.root, path.basename(wish.name)));
        const target = await vscode.window.showSaveDialog({ defaultUri });
        if (target) await vscode.workspace.fs.writeFile(target, wish.content);
      }
    }
  }

  /** At its line, from 1; nothing outside the workspace. */
  async openFile(place: Place): Promise<void> {
    const file = path.resolve(this.server.root, place.path);
    if (path.relative(this.server.root, file).startsWith("..")) return;
    const start = new vscode.Position(Math.max(0, place.line - 1), Math.max(0, place.column - 1));
    await vscode.window.showTextDocument(vscode.Uri.file(file), { selection: new vscode.Range(start, start) });
  }

  /** Everything that two commits differ in, in one editor. */
  async compare(one: string, other: string): Promise<void> {
    const root = this.server.root;
    const names = await git(root, ["diff", "--name-only", "-z", "--end-of-options", one, other]);
    const paths = (names ?? "").split("\0").filter(Boolean);
    const title = `${short(one)} and ${short(other)}`;
    if (paths.length === 0) {
      const why = names === null ? "can't be compared; one of them is gone" : "do not differ";
      return void vscode.window.showInformationMessage(`The commits ${title} ${why}.`);
    }
    const rows = paths.map((file) => {
      const [before, after] = [one, other].map((ref) => versionUri({ ref, path: file }, title));
      return [after!, before!, after!];
    });
    await vscode.commands.executeCommand("vscode.changes", `Intern: ${title}`, rows);
  }
}
