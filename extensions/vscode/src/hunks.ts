/** CodeLens over each hunk of a kept experiment's diff: Accept, Reject, and what was decided. */
import * as vscode from "vscode";
import { SCHEME, versionOf } from "./gitContent";
import type { Hunk } from "./protocol";
import type { Reviewer } from "./review";

export class HunkLenses implements vscode.CodeLensProvider {
  readonly onDidChangeCodeLenses: vscode.Event<void>;

  constructor(private readonly reviewer: Reviewer) {
    this.onDidChangeCodeLenses = reviewer.onChange;
  }

  static register(reviewer: Reviewer): vscode.Disposable {
    return vscode.languages.registerCodeLensProvider({ scheme: SCHEME }, new HunkLenses(reviewer));
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const { ref, path } = versionOf(document.uri);
    const hunks = (this.reviewer.review?.hunks ?? []).filter((hunk) => hunk.commit === ref && hunk.path === path);
    const lenses = hunks.flatMap((hunk) => this.over(document, [hunk], firstChange(hunk), ""));
    return hunks.length > 1 ? [...this.over(document, hunks, 0, " file"), ...lenses] : lenses;
  }

  private over(document: vscode.TextDocument, hunks: Hunk[], line: number, what: string): vscode.CodeLens[] {
    const place = document.lineAt(Math.min(line, document.lineCount - 1)).range;
    const lens = (title: string, decision: string): vscode.CodeLens =>
      new vscode.CodeLens(place, { title, command: "intern.decide", arguments: [hunks, decision] });
    const all = (decision: string): boolean => hunks.every((hunk) => hunk.decision === decision);
    if (all("accepted")) return [lens(`$(check) Accepted${what}`, "accepted"), lens("Reject", "rejected"), lens("Reopen", "open")];
    if (all("rejected")) return [lens(`$(x) Rejected${what}`, "rejected"), lens("Accept", "accepted"), lens("Reopen", "open")];
    return [lens(`$(check) Accept${what}`, "accepted"), lens(`$(x) Reject${what}`, "rejected")];
  }
}

/** Line, from 0, of a hunk's first changed line in the new file. */
function firstChange(hunk: Hunk): number {
  const context = hunk.lines.findIndex((line) => !line.startsWith(" "));
  return hunk.newStart - 1 + Math.max(context, 0);
}
