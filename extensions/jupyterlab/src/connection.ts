/** The daemon of one workspace, as long as the page lives: connects again and misses no event. */
import type { ServerConnection } from "@jupyterlab/services";
import type { Connection as State, Unsubscribe } from "../../panels/src/host";
import type { Delta, Event, Methods } from "../../panels/src/protocol";
import { Rpc } from "./rpc";

/** Protocol versions that this build speaks. */
const PROTOCOL = { min: 1, max: 1 };

/** Milliseconds before the first and the later attempts to connect again. */
const PATIENCE = [250, 1000, 3000, 10_000];

type Notified = (method: string, params: unknown) => void;

export class Connection {
  state: State = { state: "connecting" };
  /** Absolute path of the repository, as the daemon says; empty before the first connection. */
  root = "";
  /** The repository's folder as the contents API calls it; null: not known, or above what is shown. */
  folder: string | null = null;
  private rpc: Promise<Rpc> | null = null;
  private since = 0;
  private head = Number.POSITIVE_INFINITY;
  private failures = 0;
  private timer: number | undefined;
  private over = false;
  private early: Event[] = [];
  /** Events so far; null until the daemon has told all that happened before. */
  private events: Event[] | null = null;
  private readonly eventListeners = new Set<(batch: readonly Event[]) => void>();
  private readonly deltaListeners = new Set<(delta: Delta) => void>();
  private readonly stateListeners = new Set<(state: State) => void>();
  private readonly notices = new Set<Notified>();

  /** @param place the repository's top folder as the contents API calls it; null: above what is shown. */
  constructor(
    private readonly settings: ServerConnection.ISettings,
    readonly place: Promise<string | null>,
  ) {
    void this.connect().catch(() => undefined);
  }

  dispose(): void {
    this.over = true;
    window.clearTimeout(this.timer);
    void this.rpc?.then((rpc) => {
      rpc.close();
    });
  }

  async request<M extends keyof Methods>(
    method: M,
    params: Methods[M]["params"],
  ): Promise<Methods[M]["result"]> {
    return (await this.ask(method, params)) as Methods[M]["result"];
  }

  /** A request of LSP, or any other that the method table does not hold. */
  async ask(method: string, params: unknown): Promise<unknown> {
    const rpc = await (this.rpc ?? this.connect());
    return rpc.request(method, params);
  }

  notify(method: string, params: unknown): void {
    void this.rpc?.then((rpc) => {
      rpc.notify(method, params);
    });
  }

  onEvent(listener: (batch: readonly Event[]) => void): Unsubscribe {
    if (this.events) listener(this.events);
    return listen(this.eventListeners, listener);
  }

  onDelta(listener: (delta: Delta) => void): Unsubscribe {
    return listen(this.deltaListeners, listener);
  }

  onState(listener: (state: State) => void): Unsubscribe {
    listener(this.state);
    return listen(this.stateListeners, listener);
  }

  /** Notifications other than events, such as published diagnostics. */
  onNotice(listener: Notified): Unsubscribe {
    return listen(this.notices, listener);
  }

  reconnect(): void {
    window.clearTimeout(this.timer);
    this.failures = 0;
    if (this.state.state !== "online") void this.connect();
  }

  private connect(): Promise<Rpc> {
    this.change({ state: "connecting" });
    const attempt = this.join();
    this.rpc = attempt;
    attempt.then(
      () => {
        this.failures = 0;
        this.change({ state: "online" });
      },
      (error: unknown) => {
        this.lost(error instanceof Error ? error.message : String(error));
      },
    );
    return attempt;
  }

  private async join(): Promise<Rpc> {
    this.folder = await this.place;
    const rpc = await Rpc.open(
      this.settings,
      this.folder ?? "",
      (method, params) => {
        this.hear(method, params);
      },
      (reason) => {
        this.lost(reason);
      },
    );
    const welcome = (await rpc.request("initialize", {
      processId: null,
      rootUri: null,
      clientInfo: { name: "JupyterLab" },
      capabilities: { textDocument: { publishDiagnostics: { codeDescriptionSupport: true } } },
      initializationOptions: { intern: { protocol: PROTOCOL } },
    })) as { capabilities: { experimental: { intern: { root: string } } } };
    this.root = welcome.capabilities.experimental.intern.root;
    rpc.notify("initialized", {});
    const { head } = (await rpc.request("intern/subscribe", { since: this.since })) as { head: number };
    this.head = head;
    this.caughtUp();
    return rpc;
  }

  private hear(method: string, params: unknown): void {
    if (method === "intern/event") this.take(params as Event);
    else if (method === "intern/delta") {
      for (const listener of this.deltaListeners) listener(params as Delta);
    } else for (const listener of this.notices) listener(method, params);
  }

  /** The first ones are given in one batch, so that a panel draws once. */
  private take(event: Event): void {
    if (event.seq <= this.since) return;
    this.since = event.seq;
    if (this.events === null) {
      this.early.push(event);
      this.caughtUp();
      return;
    }
    this.events.push(event);
    for (const listener of this.eventListeners) listener([event]);
  }

  private caughtUp(): void {
    if (this.events !== null || this.since < this.head) return;
    this.events = this.early;
    this.early = [];
    for (const listener of this.eventListeners) listener(this.events);
  }

  private lost(reason: string): void {
    this.rpc = null;
    if (this.over) return;
    this.change({ state: "offline", reason });
    const wait = PATIENCE[Math.min(this.failures, PATIENCE.length - 1)];
    this.failures += 1;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.connect().catch(() => undefined), wait);
  }

  private change(state: State): void {
    // An attempt in the background must not make an offline panel blink.
    if (state.state === "connecting" && this.state.state === "offline") return;
    this.state = state;
    for (const listener of this.stateListeners) listener(state);
  }
}

function listen<T>(set: Set<T>, listener: T): Unsubscribe {
  set.add(listener);
  return () => {
    set.delete(listener);
  };
}
