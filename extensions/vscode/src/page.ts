/** One page with a shared panel in it, in an editor tab or in the side bar: strict policy, state in the daemon. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { Editing } from "./editing";
import type { Model } from "./model";
import type { Connection, FromPage, PanelName, ToPage } from "./panelMessages";
import type { Methods } from "./protocol";
import { type Phase, type Server, unready } from "./server";

export const TITLES: Record<PanelName, string> = {
  improve: "Improve",
  curves: "Curves",
  diagnosis: "Diagnosis",
  report: "Report",
  chat: "Chat",
};

/** What every page needs. */
export interface House {
  readonly context: vscode.ExtensionContext;
  readonly server: Server;
  readonly model: Model;
  readonly editing: Editing;
}

/** The runs that a page is asked for, and whether with the table of what tells them apart. */
interface Wanted {
  readonly runs: string[];
  readonly comparing: boolean;
}

export class Page implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[];
  /** What to show once the page is there. */
  private wanted: Wanted = { runs: [], comparing: false };
  private ready = false;
  /** Questions of the page that wait for the daemon. */
  private readonly waiting = new Map<number, vscode.CancellationTokenSource>();

  constructor(
    private readonly webview: vscode.Webview,
    private readonly house: House,
    name: PanelName,
  ) {
    const { context, server, model } = house;
    const dist = vscode.Uri.joinPath(context.extensionUri, "dist");
    webview.options = { enableScripts: true, localResourceRoots: [dist] };
    this.subscriptions = [
      webview.onDidReceiveMessage((message: FromPage) => void this.hear(message)),
      model.onBatch((batch) => this.tell({ kind: "events", ...batch })),
      server.onDelta((delta) => this.tell({ kind: "delta", delta })),
      server.onPhase((phase) => this.tell({ kind: "connection", connection: connection(phase) })),
    ];
    webview.html = document(webview, vscode.Uri.joinPath(dist, "page.js"), name);
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  show(wanted: Wanted): void {
    this.wanted = wanted;
    if (this.ready && wanted.runs.length > 0) this.tell({ kind: "show", ...wanted });
  }

  private tell(message: ToPage): void {
    void this.webview.postMessage(message);
  }

  private async hear(message: FromPage): Promise<void> {
    const { server, model, editing } = this.house;
    switch (message.kind) {
      case "ready":
        // It says so again whenever the editor had thrown the hidden page away.
        this.ready = true;
        this.tell({ kind: "connection", connection: connection(server.phase) });
        if (model.caughtUp) this.tell({ kind: "events", ...model.pastBatch() });
        return this.show(this.wanted);
      case "request":
        return this.answer(message);
      case "cancel":
        return this.waiting.get(message.id)?.cancel();
      case "reconnect":
        return server.restart();
      default:
        return editing.do(message);
    }
  }

  private async answer({ id, method, params }: FromPage & { kind: "request" }): Promise<void> {
    const cancellation = new vscode.CancellationTokenSource();
    this.waiting.set(id, cancellation);
    try {
      const asked = params as Methods[keyof Methods]["params"];
      const result = await this.house.server.request(method as keyof Methods, asked, cancellation.token);
      this.tell({ kind: "answer", id, result });
    } catch (error) {
      this.tell({ kind: "answer", id, error: error instanceof Error ? error.message : String(error) });
    } finally {
      this.waiting.delete(id);
      cancellation.dispose();
    }
  }
}

function connection(phase: Phase): Connection {
  if (phase.kind === "ready") return { state: "online" };
  return phase.kind === "starting" ? { state: "connecting" } : { state: "offline", reason: unready(phase) };
}

/** One script, named by its nonce; no other source of anything but styles that the editor itself sets. */
function document(webview: vscode.Webview, script: vscode.Uri, name: PanelName): string {
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
