/** `intern:` links of the agent's messages, as links that the editor's own Markdown can follow. */
import * as vscode from "vscode";
import { target } from "../../panels/src/links";

/** Each such link as one of `intern.follow`, which alone is allowed to run there. */
export function linkCommands(markdown: string): string {
  return markdown.replace(/\]\((intern:[^)\s]+)\)/g, (_, href: string) => `](${commandLink(href)})`);
}

function commandLink(href: string): string {
  return `command:intern.follow?${encodeURIComponent(JSON.stringify([href]))}`;
}

/** Show what a link leads to. */
export async function follow(href: string): Promise<void> {
  const to = target(href);
  switch (to?.kind) {
    case "file":
      return void (await vscode.commands.executeCommand("intern.openPlace", { path: to.path, line: to.line, column: 1 }));
    case "run":
      return void (await vscode.commands.executeCommand("intern.openCurves", { runs: [to.run] }));
    case "experiment":
      return void (await vscode.commands.executeCommand("intern.showExperiment", { experiment: to.experiment }));
    case "commit":
      return void (await vscode.commands.executeCommand("intern.showCommit", to.commit));
    case "finding":
      return void (await vscode.commands.executeCommand("intern.showFinding", { run: to.run, rule: to.rule }));
    default:
      return void vscode.window.showInformationMessage(`The link ${href} leads to nothing that is known here.`);
  }
}
