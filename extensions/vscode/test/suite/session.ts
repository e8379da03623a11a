/** What tests stand on: the extension, connected, and one improvement that all of them share. */
import * as vscode from "vscode";
import type { Parts } from "../../src/commands";
import type { Approval, Review, Run } from "../../src/protocol";
import { until } from "./waiting";

export const root = (): vscode.Uri => vscode.workspace.workspaceFolders![0]!.uri;

let activated: Promise<Parts> | null = null;

/** The parts of the extension, once it is connected to its daemon. */
export function connected(): Promise<Parts> {
  activated ??= (async () => {
    const parts = await vscode.extensions.getExtension<Parts>("intern.intern")!.activate();
    await until("a connection", () => parts.server.phase.kind === "ready" && parts.model.caughtUp, [
      parts.server.onPhase,
      parts.model.onChange,
    ]);
    return parts;
  })();
  return activated;
}

let ran: Promise<Run> | null = null;

/** A single run of the person's own, scored. */
export function finishedRun(): Promise<Run> {
  ran ??= (async () => {
    const { model } = await connected();
    const before = new Set(model.runs.keys());
    await vscode.commands.executeCommand("intern.run");
    return until("a finished run with its score", () => {
      return [...model.runs.values()].find((run) => !before.has(run.id) && run.state === "succeeded" && run.dev);
    }, [model.onChange]);
  })();
  return ran;
}

let improved: Promise<Improved> | null = null;

/** A session that has ended, what it kept, and what it asked before. */
export interface Improved {
  readonly parts: Parts;
  readonly review: Review;
  /** In the order in which they were asked; the first was allowed once, the second always. */
  readonly asked: Approval[];
}

export function finishedSession(): Promise<Improved> {
  improved ??= (async () => {
    const parts = await connected();
    const { model, reviewer } = parts;
    const asked: Approval[] = [];
    const answering = model.onChange(() => {
      for (const approval of model.waiting.filter(({ id }) => asked.every((known) => known.id !== id))) {
        asked.push(approval);
        if (asked.length === 1) void vscode.commands.executeCommand("intern.approval.grantOnce", approval);
        else void parts.approvals.grant(approval, asked.length === 2 ? "always" : "session");
      }
    });
    await vscode.commands.executeCommand("intern.improve");
    const ended = (): boolean => !["running", undefined].includes(model.newestSession?.state);
    await until("the end of the session", ended, [model.onChange], 170_000);
    answering.dispose();
    const review = await until("the review", () => reviewer.review, [reviewer.onChange]);
    return { parts, review, asked };
  })();
  return improved;
}

/** Milliseconds for a test that may be the first to ask for the session. */
export const WHOLE_SESSION = 190_000;
