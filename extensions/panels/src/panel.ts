import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { Folded } from "./folded.js";
import { follow } from "./following.js";
import type { Connection, Host, Unsubscribe } from "./host.js";
import { timeOfDay } from "./numbers.js";
import type { Event } from "./protocol.js";

/** Registers an element once: two bundles of ours may stand in one page of JupyterLab. */
export function define(name: string, element: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, element);
}

/** The sentence of whatever was thrown. */
export function sentence(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** A panel renders the folded events of its host; a reload shows the same. */
export abstract class Panel extends LitElement {
  static override properties = { host: { attribute: false } };

  declare host: Host | undefined;
  protected folded = new Folded();
  protected connection: Connection = { state: "connecting" };
  /** The events so far have come. */
  protected caughtUp = false;
  /** What went wrong with the person's last wish. */
  protected error: string | null = null;
  private heard = 0;
  private heardFrom: Host | null = null;
  private ends: Unsubscribe[] = [];

  constructor() {
    super();
    this.addEventListener("click", (event) => {
      follow(this.host, this.folded, event);
    });
  }

  /** What to show when events and connection are there. */
  protected abstract content(): TemplateResult;

  /** Called after every batch of events. */
  protected changed(): void {
    this.requestUpdate();
  }

  /** Told of events as they happen, after they are folded; nothing of the past is told. */
  protected happened?(batch: readonly Event[]): void;

  /** For panels that hear more than events, or have a view of their own to restore. */
  protected opened?(host: Host): void;

  protected themed(): void {
    this.requestUpdate();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.host) this.open(this.host);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.close();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("host") && this.host && this.isConnected) this.open(this.host);
  }

  private open(host: Host): void {
    if (this.heardFrom === host) return;
    this.close();
    this.heardFrom = host;
    this.folded = new Folded();
    this.caughtUp = false;
    this.opened?.(host);
    this.ends.push(
      host.onConnection((connection) => {
        this.connection = connection;
        this.requestUpdate();
      }),
      host.onEvent((batch) => {
        const past = this.folded.head;
        for (const event of batch) this.folded.fold(event);
        if (this.caughtUp) this.happened?.(batch.filter(({ seq }) => seq > past));
        this.caughtUp = true;
        this.heard = Date.now() / 1000;
        this.changed();
      }),
      host.theme.onChange(() => {
        this.themed();
      }),
    );
  }

  private close(): void {
    for (const end of this.ends) end();
    this.ends = [];
    this.heardFrom = null;
  }

  /** For panels that hear more than events: a subscription that ends with the others. */
  protected hear(end: Unsubscribe): void {
    this.ends.push(end);
  }

  /** Do what the person asked; what the daemon refuses is shown in its words. */
  protected async wish(deed: (host: Host) => Promise<unknown>): Promise<void> {
    if (!this.host) return;
    this.error = null;
    try {
      await deed(this.host);
    } catch (thrown) {
      this.error = sentence(thrown);
    }
    this.requestUpdate();
  }

  override render(): TemplateResult {
    const offline = this.connection.state === "offline" ? this.connection : null;
    if (!this.caughtUp) {
      return offline
        ? html`<div class="page" role="alert">
            <h2>Not connected</h2>
            <p>${offline.reason}</p>
            <button class="primary" @click=${this.reconnect}>Connect again</button>
          </div>`
        : html`<div class="page" role="status" aria-busy="true">
            <p class="muted">Reading the workspace…</p>
          </div>`;
    }
    return html`
      ${offline
        ? html`<div class="banner" role="alert">
            <p>
              <strong class="warning">Offline.</strong> ${offline.reason} Shown is what was known at
              ${timeOfDay(this.heard)}.
            </p>
            <button @click=${this.reconnect}>Connect again</button>
          </div>`
        : nothing}
      ${this.error === null
        ? nothing
        : html`<div class="banner" role="alert">
            <p><strong class="critical">Refused.</strong> ${this.error}</p>
            <button
              @click=${() => {
                this.error = null;
                this.requestUpdate();
              }}
            >
              Dismiss
            </button>
          </div>`}
      ${this.content()}
    `;
  }

  private reconnect = (): void => {
    this.host?.reconnect();
  };
}
