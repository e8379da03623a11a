/** The connection to the workspace's daemon: one `intern lsp`, started, watched, restarted. */
import { spawn, type ChildProcess } from "node:child_process";
import * as vscode from "vscode";
import {
  CloseAction, type CloseHandlerResult, ErrorAction, LanguageClient, ResponseError, RevealOutputChannelOn, State,
} from "vscode-languageclient/node";
import { locate } from "./locate";
import { type Delta, ErrorCode, PROTOCOL, type Event, type Methods } from "./protocol";
import { shim, type Launcher } from "./python";

/** What the person is told about the connection. */
export type Phase =
  | { readonly kind: "idle" | "untrusted" | "starting" | "ready" | "missing" }
  | { readonly kind: "failed"; readonly sentence: string };

/** Asks the daemon; rejects with its sentence. */
export interface Intern {
  request<M extends keyof Methods>(method: M, params: Methods[M]["params"]): Promise<Methods[M]["result"]>;
}

/** Lost connections in three minutes after which something is wrong that a person must see. */
const MOST_RETRIES = 4;
const RETRY_WINDOW = 180_000;

/** The daemon's refusal: `kind` is one of the protocol's error types. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly kind: string,
  ) {
    super(message);
  }
}

/** vscode-languageclient shows pop-ups of its own; ours are one sentence each, at one place. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

export class Server implements Intern, vscode.Disposable {
  private client: LanguageClient | null = null;
  /** What `intern lsp` said on standard error. */
  private lastWords = "";
  /** Settles when `intern lsp` has ended and all that it said was read. */
  private gone: Promise<void> = Promise.resolve();
  /** When the connection was taken up again by itself, milliseconds since the epoch. */
  private retries: number[] = [];
  private current: Phase = { kind: "idle" };
  private starting: Promise<void> | null = null;
  private readonly changed = new vscode.EventEmitter<Phase>();
  private readonly happened = new vscode.EventEmitter<Event>();
  private readonly said = new vscode.EventEmitter<Delta>();

  readonly onPhase = this.changed.event;
  readonly onEvent = this.happened.event;
  /** Pieces of messages that are being written. */
  readonly onDelta = this.said.event;
  /** The program in use; null before one was found. */
  launcher: Launcher | null = null;

  constructor(
    private readonly context: vscode.ExtensionContext,
    readonly folder: vscode.WorkspaceFolder,
    readonly log: vscode.LogOutputChannel,
    private readonly trace: vscode.LogOutputChannel,
  ) {}

  /** Top of the repository as the daemon names it; the opened folder may lie below it. */
  get root(): string {
    const told = this.client?.initializeResult?.capabilities.experimental as { intern?: { root: string } } | undefined;
    return told?.intern?.root ?? this.folder.uri.fsPath;
  }

  get phase(): Phase {
    return this.current;
  }

  /** Connect, once; a second call waits for the first. */
  start(): Promise<void> {
    this.starting ??= this.connect().finally(() => (this.starting = null));
    return this.starting;
  }

  /** Connect when nothing is; for commands. Rejects with the reason when it can't be. */
  async ready(): Promise<void> {
    if (this.current.kind !== "ready") await this.start();
    if (this.phase.kind === "failed") throw new Refusal(this.phase.sentence, "DaemonUnreachable");
    if (this.phase.kind !== "ready") throw new Refusal(unready(this.phase), "DaemonUnreachable");
  }

  /** Look for Intern again, and say in the log where. Nothing is executed in an untrusted workspace. */
  async find(): Promise<Launcher | null> {
    if (!vscode.workspace.isTrusted) return null;
    const { found, told } = await locate(this.context, this.folder);
    this.log.info(`Looking for Intern:\n${told.map((line, index) => `  ${index + 1}. ${line}`).join("\n")}`);
    if (found) this.log.info(`Using Intern ${found.version} from ${found.origin}: ${found.executable}`);
    this.launcher = found;
    return found;
  }

  async restart(): Promise<void> {
    await this.disconnect();
    await this.start();
  }

  /** `token`: gives the question up; the daemon leaves what it has not begun. */
  async request<M extends keyof Methods>(
    method: M,
    params: Methods[M]["params"],
    token?: vscode.CancellationToken,
  ): Promise<Methods[M]["result"]> {
    await this.ready();
    try {
      // A token that is undefined would be sent as a further parameter.
      const rest = token ? [token] : [];
      return await this.client!.sendRequest<Methods[M]["result"]>(method, params, ...rest);
    } catch (error) {
      if (error instanceof ResponseError) {
        throw new Refusal(error.message, (error.data as { type?: string } | undefined)?.type ?? "");
      }
      throw error;
    }
  }

  dispose(): void {
    void this.disconnect();
    this.changed.dispose();
    this.happened.dispose();
    this.said.dispose();
  }

  async disconnect(): Promise<void> {
    const client = this.client;
    this.client = null;
    await client?.dispose().catch((error: unknown) => this.log.warn(String(error)));
    this.enter({ kind: "idle" });
  }

  private enter(phase: Phase): void {
    this.current = phase;
    if (phase.kind === "failed") this.log.error(phase.sentence);
    this.changed.fire(phase);
  }

  private async connect(): Promise<void> {
    if (!vscode.workspace.isTrusted) {
      this.log.info("The workspace is not trusted: no daemon is started, nothing of it is executed.");
      return this.enter({ kind: "untrusted" });
    }
    if (this.client) return;
    this.enter({ kind: "starting" });
    const found = await this.find();
    if (found === null) return this.enter({ kind: "missing" });

    const client = new QuietClient("intern", "Intern", () => this.spawn(found), {
      documentSelector: [
        { scheme: "file", language: "python" },
        { scheme: "file", pattern: "**/intern.toml" },
      ],
      workspaceFolder: this.folder,
      outputChannel: this.log,
      traceOutputChannel: this.trace,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: { intern: { protocol: PROTOCOL } },
      initializationFailedHandler: () => false,
      errorHandler: { error: () => ({ action: ErrorAction.Continue }), closed: () => this.closed() },
    });
    client.onDidChangeState(({ newState }) => {
      if (this.client !== client) return;
      if (newState === State.Running) {
        this.lastWords = "";
        this.enter({ kind: "ready" });
      }
      else if (newState === State.Starting) this.enter({ kind: "starting" });
      else if (this.current.kind === "ready" || this.current.kind === "starting") {
        this.enter({ kind: "failed", sentence: this.lastWords || "The daemon went away; run “Intern: Restart”." });
      }
    });
    client.onNotification("intern/event", (event: Event) => this.happened.fire(event));
    client.onNotification("intern/delta", (delta: Delta) => this.said.fire(delta));
    this.client = client;
    try {
      await client.start();
    } catch (error) {
      this.client = null;
      await Promise.race([this.gone, new Promise((resolve) => setTimeout(resolve, 1000))]);
      this.enter({ kind: "failed", sentence: this.reason(error) });
      await client.dispose().catch(() => undefined); // it never came up; there is nothing to end
    }
  }

  /** A connection that worked is taken up again, a few times; one that never did says why. */
  private closed(): CloseHandlerResult {
    const now = Date.now();
    this.retries = [...this.retries.filter((time) => now - time < RETRY_WINDOW), now];
    const again = this.current.kind === "ready" && this.retries.length <= MOST_RETRIES;
    return { action: again ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true };
  }

  private async spawn(launcher: Launcher): Promise<ChildProcess> {
    const [executable, args] = shim(launcher, this.folder.uri.fsPath);
    const child = spawn(executable, args, { cwd: this.folder.uri.fsPath });
    this.gone = new Promise((resolve) => child.once("close", () => resolve()).once("error", () => resolve()));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      const said = /^intern: (.*)$/m.exec(text);
      if (said?.[1]) this.lastWords = said[1];
    });
    child.on("error", (error) => (this.lastWords = `${executable} does not start: ${error.message}`));
    return child;
  }

  private reason(error: unknown): string {
    if (error instanceof ResponseError && error.code === ErrorCode.PROTOCOL_MISMATCH) {
      const { min, max } = PROTOCOL;
      const version = String((this.context.extension.packageJSON as { version: string }).version);
      return `${error.message} (This extension is version ${version} and speaks ${min} to ${max}.)`;
    }
    return this.lastWords || (error instanceof Error ? error.message : String(error));
  }
}

/** Why a command can't work now, and the mend. */
export function unready(phase: Phase): string {
  switch (phase.kind) {
    case "untrusted":
      return "The workspace is not trusted, so Intern executes nothing in it; trust it first.";
    case "missing":
      return "Intern was not found; install it, or name a Python that has it in the setting intern.pythonPath.";
    case "failed":
      return phase.sentence;
    default:
      return "Intern is not connected; run “Intern: Restart”.";
  }
}
