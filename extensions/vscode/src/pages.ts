/** Read-only documents that the daemon's answers become: logs, diagnoses. */
import * as vscode from "vscode";
import type { Model } from "./model";
import type { Diagnosis, Finding, Run } from "./protocol";
import type { Server } from "./server";
import { goesOn, number } from "./words";

const LOG = "intern-log";
const PAGE = "intern-page";

/** `intern-log:/run-0003.log`, which grows while the run goes on. */
export class Logs implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly read = new Map<string, { text: string; next: number }>();
  private readonly subscriptions: vscode.Disposable[];
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly server: Server,
    model: Model,
  ) {
    this.subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(LOG, this),
      vscode.workspace.onDidCloseTextDocument((document) => this.read.delete(document.uri.path)),
      model.onLive(({ body }) => {
        if (body.kind === "metrics") this.touch(body.run);
        if (body.kind === "run") this.touch(body.run.id);
      }),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions, this.changed).dispose();
  }

  async open(run: Run): Promise<void> {
    const document = await vscode.workspace.openTextDocument(logUri(run.id));
    await vscode.window.showTextDocument(document, { preview: true, preserveFocus: true });
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const run = uri.path.slice(1).replace(/\.log$/, "");
    const known = this.read.get(uri.path) ?? { text: "", next: 0 };
    for (;;) {
      const chunk = await this.server.request("intern/run/log", { run, offset: known.next });
      known.text += chunk.text;
      const more = chunk.next > known.next;
      known.next = chunk.next;
      if (!more) break;
    }
    this.read.set(uri.path, known);
    return known.text || `Run ${run} has printed nothing.\n`;
  }

  private touch(run: string): void {
    if (this.read.has(logUri(run).path)) this.changed.fire(logUri(run));
  }
}

/** A preview lets go of its document while it still shows it; a text tab does not. */
function closedText(uri: vscode.Uri): boolean {
  return uri.scheme === PAGE && uri.path.endsWith(".txt");
}

function logUri(run: string): vscode.Uri {
  return vscode.Uri.from({ scheme: LOG, path: `/${run}.log` });
}

/** Markdown made here, shown by VS Code's own preview, which runs nothing of it. */
export class Pages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly subscriptions = vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(PAGE, this),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => closedText(uri) && this.texts.delete(uri.path)),
  );
  readonly onDidChange = this.changed.event;

  dispose(): void {
    vscode.Disposable.from(this.subscriptions, this.changed).dispose();
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.path) ?? "";
  }

  async show(title: string, text: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: PAGE, path: `/${title}.md` });
    this.texts.set(uri.path, text);
    this.changed.fire(uri);
    await vscode.commands.executeCommand("markdown.showPreview", uri);
  }

  /** Text as it is, in a tab that takes no focus. */
  async showText(title: string, text: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: PAGE, path: `/${title.replace(/[/\\]/g, " ")}.txt` });
    this.texts.set(uri.path, text);
    this.changed.fire(uri);
    await vscode.window.showTextDocument(uri, { preview: true, preserveFocus: true });
  }
}

export function diagnosisPage(run: Run, diagnosis: Diagnosis): string {
  const state = goesOn(run) ? "still running" : run.state;
  const head = `# Diagnosis of ${run.id}\n\n${state}, seed ${run.seed}, method ${diagnosis.method}, ${diagnosis.rows} metric rows.\n`;
  const checked = `\n---\n\nChecked: ${diagnosis.checked.join(", ") || "nothing, no metric that a rule needs was logged"}.\n`;
  if (diagnosis.findings.length === 0) return `${head}\nNo rule found anything wrong.\n${checked}`;
  return head + diagnosis.findings.map(findingPage).join("") + checked;
}

export function findingPage(finding: Finding): string {
  const numbers = Object.entries(finding.evidence).map(([key, value]) => `| ${plain(key)} | ${number(value).toPrecision(4)} |`);
  const place = finding.place ? `\nResponsible line: \`${finding.place.path}:${finding.place.line}\`\n` : "";
  const ideas = finding.interventions.map(({ text }) => `- ${plain(text)}`);
  const cause = finding.becauseOf ? `\nFollows from ${finding.becauseOf}.\n` : "";
  return [
    `\n## ${finding.severity}: ${plain(finding.title)}\n`,
    `${finding.rule} ${finding.label}, steps ${finding.steps[0]} to ${finding.steps[1]}, confidence ${number(finding.confidence).toFixed(2)}.\n`,
    `\n${plain(finding.explanation)}\n${cause}${place}`,
    numbers.length > 0 ? `\n| measured | |\n| --- | ---: |\n${numbers.join("\n")}\n` : "",
    ideas.length > 0 ? `\nTo try:\n\n${ideas.join("\n")}\n` : "",
  ].join("");
}

/** Text as text: a metric's name or a log's line must not become a link or a heading. */
function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|!]/g, "\\$&");
}
