import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { controls } from "../controls.js";
import { Folded } from "../folded.js";
import { follow } from "../following.js";
import type { Host } from "../host.js";
import { Growing } from "../markdown.js";
import { define, sentence } from "../panel.js";
import type { Message, Methods, Thread } from "../protocol.js";
import { tokens } from "../tokens.js";
import { messageEntry } from "./message.js";
import { messageStyles } from "./transcript-styles.js";

/** What the daemon tells of a thread after a change. */
type Told = Methods["intern/thread/reply"]["result"];

/**
 * Comments on a line of an agent's change, for editors without threads of their own. The editor sets
 * `thread` and `messages` and hears `told` when the person replied or resolved it.
 */
export class InternThread extends LitElement {
  static override styles = [tokens, controls, messageStyles, css`
    :host {
      border: 1px solid var(--intern-border);
      border-radius: 4px;
      padding: 8px 12px;
    }
    header.head,
    .actions {
      display: flex;
      flex-wrap: wrap;
      gap: 6px;
      align-items: center;
    }
    header.head h3 {
      flex: 1;
      overflow-wrap: anywhere;
    }
    form {
      display: grid;
      gap: 6px;
    }
    textarea {
      width: 100%;
      resize: vertical;
      padding: 4px 8px;
      font: inherit;
      color: var(--intern-input-text);
      background: var(--intern-input);
      border: 1px solid var(--intern-input-border);
      border-radius: 4px;
    }
  `];
  static override properties = {
    host: { attribute: false },
    folded: { attribute: false },
    thread: { attribute: false },
    messages: { attribute: false },
  };

  declare host: Host | undefined;
  /** What links lead to. */
  declare folded: Folded;
  declare thread: Thread | undefined;
  declare messages: readonly Message[];
  private sending = false;
  private error: string | null = null;

  constructor() {
    super();
    this.messages = [];
    this.folded = new Folded();
    this.addEventListener("click", (event) => {
      follow(this.host, this.folded, event);
    });
  }

  override render(): TemplateResult | typeof nothing {
    const { thread, host, folded } = this;
    if (!thread || !host) return nothing;
    return html`<section aria-label="Comments on ${thread.path}, line ${thread.line}">
      <header class="head">
        <h3 class="mono">${thread.path}:${thread.line}</h3>
        <button ?disabled=${this.sending} @click=${() =>
          this.ask((to) => to.request("intern/thread/resolve", { thread: thread.id, resolved: !thread.resolved }))}>
          ${thread.resolved ? "Reopen" : "Resolve"}
        </button>
      </header>
      ${this.messages.map((message) => messageEntry({ host, folded }, message, message.text, new Growing(), null))}
      ${this.error === null ? nothing : html`<p role="alert"><span class="critical">Refused.</span> ${this.error}</p>`}
      ${thread.resolved
        ? html`<p class="muted">Resolved.</p>`
        : html`<form @submit=${(event: Event) => this.reply(event, thread)}>
            <textarea rows="2" name="text" required aria-label="Reply" placeholder="Ask about this change, or for another value"></textarea>
            <p class="actions"><button class="primary" ?disabled=${this.sending}>Reply</button></p>
          </form>`}
    </section>`;
  }

  private async reply(event: Event, { id }: Thread): Promise<void> {
    event.preventDefault();
    const area = this.renderRoot.querySelector("textarea");
    const text = area?.value.trim() ?? "";
    if (text === "") return;
    const told = await this.ask((host) => host.request("intern/thread/reply", { thread: id, text }));
    if (told && area) area.value = "";
  }

  private async ask(deed: (host: Host) => Promise<Told>): Promise<boolean> {
    if (!this.host) return false;
    this.sending = true;
    this.error = null;
    this.requestUpdate();
    try {
      const told = await deed(this.host);
      this.thread = told.thread;
      this.messages = told.messages;
      this.dispatchEvent(new CustomEvent("told", { detail: told }));
    } catch (thrown) {
      this.error = sentence(thrown);
    }
    this.sending = false;
    this.requestUpdate();
    return this.error === null;
  }
}

define("intern-thread", InternThread);
