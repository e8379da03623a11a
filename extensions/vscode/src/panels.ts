/** The shared panels in editor tabs, alive after a reload, and the chat in the side bar. */
import { existsSync } from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { type House, Page, TITLES } from "./page";
import type { PanelName } from "./panelMessages";

type Tab = Exclude<PanelName, "chat">;
const TABS: readonly Tab[] = ["improve", "curves", "diagnosis", "report"];

export class Panels implements vscode.WebviewViewProvider, vscode.Disposable {
  /** Whether this build carries the panels. */
  readonly present: boolean;
  private readonly open = new Map<PanelName, { panel: vscode.WebviewPanel; page: Page }>();
  private readonly subscriptions: vscode.Disposable[] = [];

  constructor(private readonly house: House) {
    this.present = existsSync(path.join(house.context.extensionPath, "dist", "page.js"));
    void vscode.commands.executeCommand("setContext", "intern.hasPanels", this.present);
    if (!this.present) return;
    this.subscriptions.push(vscode.window.registerWebviewViewProvider("intern.chat", this));
    for (const name of TABS) {
      const serializer = { deserializeWebviewPanel: async (panel: vscode.WebviewPanel) => void this.adopt(name, panel) };
      this.subscriptions.push(vscode.window.registerWebviewPanelSerializer(viewType(name), serializer));
    }
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions, ...[...this.open.values()].map(({ panel }) => panel)).dispose();
  }

  /** The page of the side bar; the editor makes it anew whenever it comes back into view. */
  resolveWebviewView(view: vscode.WebviewView): void {
    const page = new Page(view.webview, this.house, "chat");
    view.onDidDispose(() => page.dispose());
  }

  show(name: Tab, runs: string[] = [], comparing = false): void {
    const known = this.open.get(name);
    known?.panel.reveal(undefined, false);
    const place = { viewColumn: vscode.ViewColumn.Active, preserveFocus: false };
    const page = known?.page ?? this.adopt(name, vscode.window.createWebviewPanel(viewType(name), TITLES[name], place));
    page.show({ runs, comparing });
  }

  private adopt(name: Tab, panel: vscode.WebviewPanel): Page {
    const media = vscode.Uri.joinPath(this.house.context.extensionUri, "media");
    panel.iconPath = {
      light: vscode.Uri.joinPath(media, "activity-on-light.svg"),
      dark: vscode.Uri.joinPath(media, "activity.svg"),
    };
    const page = new Page(panel.webview, this.house, name);
    this.open.set(name, { panel, page });
    panel.onDidDispose(() => {
      page.dispose();
      if (this.open.get(name)?.panel === panel) this.open.delete(name);
    });
    return page;
  }
}

function viewType(name: Tab): string {
  return `intern.${name}`;
}
