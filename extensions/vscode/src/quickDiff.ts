/**
 * Quick diff: in files of the agent's worktree, marks for all that it changed since the session began.
 *
 * The person's own files get none of ours: there git's marks tell what they changed, and marks against
 * the agent's branch would show its changes backwards.
 */
import * as path from "node:path";
import * as vscode from "vscode";
import { versionUri } from "./gitContent";
import type { Model } from "./model";
import type { Session } from "./protocol";
import type { Server } from "./server";

export class WorktreeDiff implements vscode.QuickDiffProvider {
  constructor(
    private readonly server: Server,
    private readonly model: Model,
  ) {}

  provideOriginalResource(uri: vscode.Uri): vscode.Uri | undefined {
    const found = inWorktree(this.server.root, uri);
    const session = found && this.model.sessions.get(found.session);
    return session ? versionUri({ ref: session.baseCommit, path: found.path }, `before ${session.id}`) : undefined;
  }
}

/** Where the session's checkout has this file. */
export function worktreeFile(root: string, session: string, file: string): vscode.Uri {
  return vscode.Uri.file(path.join(root, ".intern", "worktrees", session, file));
}

/** The session and the path, with forward slashes, of a file in a worktree of ours. */
export function inWorktree(root: string, uri: vscode.Uri): { session: Session["id"]; path: string } | null {
  if (uri.scheme !== "file") return null;
  const below = path.relative(path.join(root, ".intern", "worktrees"), uri.fsPath).split(path.sep);
  const [session, ...rest] = below;
  return session === undefined || session === ".." || rest.length === 0 ? null : { session, path: rest.join("/") };
}
