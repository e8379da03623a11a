/** Comment threads on the agent's changes: they live in the daemon, and its answers appear in them. */
import * as vscode from "vscode";
import { git, SCHEME, versionOf } from "./gitContent";
import { linkCommands } from "./links";
import type { Model } from "./model";
import type { Message, Thread } from "./protocol";
import { inWorktree, worktreeFile } from "./quickDiff";
import { changeUri } from "./review";
import type { Server } from "./server";

/** Milliseconds between two drawings of an answer that is being written. */
const PAUSE = 150;

/** One thread of the daemon, drawn in each document in which its lines stand. */
interface Shown {
  thread: Thread;
  /** Whether it was begun in this window. */
  unfolded: boolean;
  readonly messages: Map<string, Message>;
  readonly drawn: vscode.CommentThread[];
}

export class Threads implements vscode.Disposable {
  private readonly control = vscode.comments.createCommentController("intern", "Intern");
  private readonly subscriptions: vscode.Disposable[];
  private readonly shown = new Map<string, Shown>();
  private readonly late = new Map<string, NodeJS.Timeout>();
  private readonly changed = new vscode.EventEmitter<void>();
  /** After threads were drawn. */
  readonly onChange = this.changed.event;

  constructor(
    private readonly server: Server,
    private readonly model: Model,
  ) {
    this.control.options = { prompt: "Ask about this change, or ask for another value", placeHolder: "Why this value?" };
    this.control.commentingRangeProvider = { provideCommentingRanges: (document) => this.ranges(document) };
    this.subscriptions = [
      model.onCaughtUp(() => void this.read()),
      model.onLive(({ body }) => {
        if (body.kind === "thread") void this.take(body.thread, []);
        if (body.kind === "message" && body.message.thread !== null) void this.hear(body.message);
      }),
      server.onDelta(({ message, offset, text }) => {
        for (const shown of this.shown.values()) {
          const known = shown.messages.get(message);
          if (!known) continue;
          shown.messages.set(message, { ...known, text: known.text.slice(0, offset) + text });
          this.drawSoon(shown);
        }
      }),
    ];
  }

  dispose(): void {
    for (const timer of this.late.values()) clearTimeout(timer);
    vscode.Disposable.from(...this.subscriptions, this.control, this.changed).dispose();
  }

  /** The threads as they stand in the editor. */
  get drawn(): vscode.CommentThread[] {
    return [...this.shown.values()].flatMap(({ drawn }) => drawn);
  }

  /** A new thread, or a further word in one that is there. */
  async say({ thread: place, text }: vscode.CommentReply): Promise<void> {
    const known = [...this.shown.values()].find(({ drawn }) => drawn.includes(place));
    if (known) {
      const told = await this.server.request("intern/thread/reply", { thread: known.thread.id, text });
      return this.take(told.thread, told.messages);
    }
    const where = await this.whereIs(place.uri);
    if (!where) throw new Error("Only changes of the agent can be commented on: open one with “Intern: Review Changes”.");
    const range = place.range ?? new vscode.Range(0, 0, 0, 0);
    const lines = { line: range.start.line + 1, endLine: range.end.line + 1 };
    const told = await this.server.request("intern/thread/start", { ...where, ...lines, text });
    place.dispose(); // the editor's draft; what the daemon keeps takes its place
    await this.take(told.thread, told.messages, true);
  }

  async resolve(place: vscode.CommentThread, resolved: boolean): Promise<void> {
    const known = [...this.shown.values()].find(({ drawn }) => drawn.includes(place));
    if (!known) return;
    const told = await this.server.request("intern/thread/resolve", { thread: known.thread.id, resolved });
    await this.take(told.thread, told.messages);
  }

  /** All of it anew: after a reload, and after the connection was gone. */
  private async read(): Promise<void> {
    for (const session of this.model.sessions.keys()) {
      const told = await this.server.request("intern/threads", { session }).catch((error: unknown) => {
        this.server.log.warn(`The comments of ${session} were not read: ${String(error)}`);
        return null;
      });
      for (const { thread, messages } of told?.threads ?? []) await this.take(thread, messages);
    }
  }

  private async hear(message: Message): Promise<void> {
    const shown = this.shown.get(message.thread!);
    if (!shown) return; // its thread's own event comes first, and brings what was said
    shown.messages.set(message.id, message);
    this.draw(shown);
  }

  private async take(thread: Thread, messages: Message[], unfolded = false): Promise<void> {
    let shown = this.shown.get(thread.id);
    if (!shown) {
      shown = { thread, unfolded, messages: new Map(), drawn: [] };
      this.shown.set(thread.id, shown);
      const range = new vscode.Range(thread.line - 1, 0, thread.endLine - 1, 0);
      for (const uri of await this.placesOf(thread)) {
        shown.drawn.push(this.control.createCommentThread(uri, range, []));
      }
      if (messages.length === 0) messages = await this.messagesOf(thread);
    }
    shown.thread = thread;
    shown.unfolded ||= unfolded;
    for (const message of messages) shown.messages.set(message.id, message);
    this.draw(shown);
  }

  private async messagesOf(thread: Thread): Promise<Message[]> {
    const { threads } = await this.server.request("intern/threads", { session: thread.session });
    return threads.find((told) => told.thread.id === thread.id)?.messages ?? [];
  }

  private drawSoon(shown: Shown): void {
    const id = shown.thread.id;
    if (this.late.has(id)) return;
    this.late.set(id, setTimeout(() => this.draw(shown), PAUSE));
  }

  private draw({ thread, messages, drawn, unfolded }: Shown): void {
    clearTimeout(this.late.get(thread.id));
    this.late.delete(thread.id);
    const said = [...messages.values()].sort((one, other) => Number(one.created) - Number(other.created));
    for (const place of drawn) {
      place.comments = said.map(comment);
      place.label = thread.experiment === null ? "Intern" : `Intern, ${thread.experiment.replace(/^.*\//, "exp ")}`;
      place.contextValue = thread.resolved ? "resolved" : "open";
      place.state = thread.resolved ? vscode.CommentThreadState.Resolved : vscode.CommentThreadState.Unresolved;
      place.canReply = true;
      if (unfolded) place.collapsibleState = vscode.CommentThreadCollapsibleState.Expanded;
    }
    this.changed.fire();
  }

  /** The diff of its commit, and the worktree's file while that stands at the same commit. */
  private async placesOf(thread: Thread): Promise<vscode.Uri[]> {
    const places = [changeUri(this.model.experimentAt(thread.commit), thread.commit, thread.path)];
    if ((await this.tip(thread.session)) === thread.commit) places.push(worktreeFile(this.server.root, thread.session, thread.path));
    return places;
  }

  /** What a document shows; null: no change of the agent. */
  private async whereIs(uri: vscode.Uri): Promise<{ session: string; path: string; commit: string } | null> {
    if (uri.scheme === SCHEME) {
      const { ref, path } = versionOf(uri);
      const session = this.model.experimentAt(ref)?.session ?? this.model.newestSession?.id;
      return session ? { session, path, commit: ref } : null;
    }
    const found = inWorktree(this.server.root, uri);
    const commit = found && (await this.tip(found.session));
    return commit ? { ...found, commit } : null;
  }

  private async tip(session: string): Promise<string | null> {
    const branch = this.model.sessions.get(session)?.branch;
    const told = branch && (await git(this.server.root, ["rev-parse", "--verify", "--quiet", `refs/heads/${branch}`]));
    return told ? told.trim() : null;
  }

  private ranges(document: vscode.TextDocument): vscode.Range[] {
    const change = document.uri.scheme === SCHEME && /^[0-9a-f]{40}$/.test(versionOf(document.uri).ref);
    if (!change && !inWorktree(this.server.root, document.uri)) return [];
    return [new vscode.Range(0, 0, Math.max(0, document.lineCount - 1), 0)];
  }
}

function comment(message: Message): vscode.Comment {
  const endings = { streaming: " …", done: "", stopped: "\n\n*Stopped.*", failed: `\n\n*${message.reason ?? "The answer failed."}*` };
  const body = new vscode.MarkdownString(linkCommands(message.text) + endings[message.state]);
  body.isTrusted = { enabledCommands: ["intern.follow"] };
  return {
    author: { name: message.author === "person" ? "You" : "Intern" },
    body,
    mode: vscode.CommentMode.Preview,
    timestamp: new Date(Number(message.created) * 1000),
  };
}
