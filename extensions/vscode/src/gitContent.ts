/** `intern-git:` documents: one file as it stands in one commit, read-only. */
import * as vscode from "vscode";
import { print } from "./python";

export const SCHEME = "intern-git";

interface Version {
  readonly ref: string;
  /** Relative to the top of the repository, with forward slashes. */
  readonly path: string;
}

/** Address of a file's version. `label` is what stands before the path in an editor's title. */
export function versionUri(version: Version, label: string): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: `/${label}/${version.path}`, query: JSON.stringify(version) });
}

export function versionOf(uri: vscode.Uri): Version {
  return JSON.parse(uri.query) as Version;
}

/** Run git in a repository: nothing of it is executed, no lock is taken, no pager waits. */
export async function git(root: string, words: string[]): Promise<string | null> {
  const program = vscode.workspace.getConfiguration("git").get<string | string[] | null>("path");
  const executable = (Array.isArray(program) ? program[0] : program) || "git";
  const options = ["--no-optional-locks", "-c", "core.fsmonitor=false", "-C", root];
  const answer = await print(executable, [...options, ...words]);
  return answer.code === 0 ? answer.stdout : null;
}

export class GitContent implements vscode.TextDocumentContentProvider {
  constructor(private readonly root: () => string) {}

  /** Empty for a file that the commit does not have: it is added or deleted there. */
  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { ref, path } = versionOf(uri);
    return (await git(this.root(), ["show", "--no-textconv", `${ref}:${path}`])) ?? "";
  }
}
