/** Webviews of the shared panels: strict content policy, state in the daemon, alive after a reload. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import type { Model } from "./model";
import type { Connection, FromPage, PanelName, ToPage } from "./panelMessages";
import type { Methods } from "./protocol";
import type { Reviewer } from "./review";
import { type Phase, type Server, unready } from "./server";

const TITLES: Record<PanelName, string> = { improve: "Improve", curves: "Curves", diagnosis: "Diagnosis", report: "Report" };

export class Panels implements vscode.Disposable {
  /** Whether this build carries the panels. */
  readonly present: boolean;
  private readonly open = new Map<PanelName, vscode.WebviewPanel>();
  private readonly subscriptions: vscode.Disposable[] = [];

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly server: Server,
    private readonly model: Model,
    private readonly reviewer: Reviewer,
  ) {
    this.present = existsSync(path.join(context.extensionPath, "dist", "page.js"));
    void vscode.commands.executeCommand("setContext", "intern.hasPanels", this.present);
    if (!this.present) return;
    for (const name of Object.keys(TITLES) as PanelName[]) {
      const serializer = { deserializeWebviewPanel: async (panel: vscode.WebviewPanel) => this.adopt(name, panel) };
      this.subscriptions.push(vscode.window.registerWebviewPanelSerializer(viewType(name), serializer));
    }
    this.subscriptions.push(
      model.onBatch((batch) => this.tellAll({ kind: "events", batch })),
      server.onPhase((phase) => this.tellAll({ kind: "connection", connection: connection(phase) })),
    );
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions, ...this.open.values()).dispose();
  }

  show(name: PanelName, runs: string[] = []): void {
    const known = this.open.get(name);
    if (known) known.reveal(undefined, false);
    else {
      const place = { viewColumn: vscode.ViewColumn.Active, preserveFocus: false };
      this.adopt(name, vscode.window.createWebviewPanel(viewType(name), TITLES[name], place), runs);
      return;
    }
    if (runs.length > 0) tell(known, { kind: "show", runs });
  }

  private adopt(name: PanelName, panel: vscode.WebviewPanel, runs: string[] = []): void {
    this.open.set(name, panel);
    const dist = vscode.Uri.joinPath(this.context.extensionUri, "dist");
    panel.webview.options = { enableScripts: true, localResourceRoots: [dist] };
    const media = vscode.Uri.joinPath(this.context.extensionUri, "media");
    panel.iconPath = {
      light: vscode.Uri.joinPath(media, "activity-on-light.svg"),
      dark: vscode.Uri.joinPath(media, "activity.svg"),
    };
    panel.webview.onDidReceiveMessage((message: FromPage) => void this.hear(panel, message, runs), undefined, this.subscriptions);
    panel.onDidDispose(() => this.open.get(name) === panel && this.open.delete(name));
    panel.webview.html = page(panel.webview, vscode.Uri.joinPath(dist, "page.js"), name);
  }

  private tellAll(message: ToPage): void {
    for (const panel of this.open.values()) tell(panel, message);
  }

  private async hear(panel: vscode.WebviewPanel, message: FromPage, runs: string[]): Promise<void> {
    switch (message.kind) {
      case "ready":
        tell(panel, { kind: "connection", connection: connection(this.server.phase) });
        if (this.model.caughtUp) tell(panel, { kind: "events", batch: this.model.events });
        if (runs.length > 0) tell(panel, { kind: "show", runs });
        return;
      case "request":
        return this.answer(panel, message);
      case "reconnect":
        return this.server.restart();
      case "openFile": {
        const { path: file, line, column } = message.place;
        const place = new vscode.Position(Math.max(0, line - 1), Math.max(0, column - 1));
        const uri = vscode.Uri.file(path.join(this.server.root, file));
        await vscode.window.showTextDocument(uri, { selection: new vscode.Range(place, place) });
        return;
      }
      case "openDiff": {
        const experiment = [...this.model.experiments.values()].find(({ commit }) => commit?.startsWith(message.commit));
        if (experiment) await this.reviewer.openExperiment(experiment);
        return;
      }
      case "openCurves":
        return this.show("curves", message.runs);
      case "openPanel":
        return message.panel === "review" ? this.reviewer.openAll() : this.show(message.panel);
      case "copyText":
        return vscode.env.clipboard.writeText(message.text);
      case "saveFile": {
        const defaultUri = vscode.Uri.file(path.join(this.server.root, path.basename(message.name)));
        const target = await vscode.window.showSaveDialog({ defaultUri });
        if (target) await vscode.workspace.fs.writeFile(target, message.content);
      }
    }
  }

  private async answer(panel: vscode.WebviewPanel, { id, method, params }: FromPage & { kind: "request" }): Promise<void> {
    try {
      const result = await this.server.request(method as keyof Methods, params as Methods[keyof Methods]["params"]);
      tell(panel, { kind: "answer", id, result });
    } catch (error) {
      tell(panel, { kind: "answer", id, error: error instanceof Error ? error.message : String(error) });
    }
  }
}

function viewType(name: PanelName): string {
  return `intern.${name}`;
}

function tell(panel: vscode.WebviewPanel, message: ToPage): void {
  void panel.webview.postMessage(message);
}

function connection(phase: Phase): Connection {
  if (phase.kind === "ready") return { state: "online" };
  return phase.kind === "starting" ? { state: "connecting" } : { state: "offline", reason: unready(phase) };
}

/** One script, named by its nonce; no other source of anything but styles that the editor itself sets. */
function page(webview: vscode.Webview, script: vscode.Uri, name: PanelName): string {
  const nonce = randomBytes(16).toString("base64");
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource} 'unsafe-inline'`,
    `img-src ${webview.cspSource} data: blob:`,
    `font-src ${webview.cspSource}`,
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${TITLES[name]}</title>
<style>html, body { height: 100%; margin: 0; padding: 0; }</style>
</head>
<body>
<main id="panel" data-panel="${name}" style="height: 100%"></main>
<script nonce="${nonce}" src="${webview.asWebviewUri(script)}"></script>
</body>
</html>`;
}
