import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { controls } from "../controls.js";
import type { Host, Json } from "../host.js";
import { Stopping } from "../improve/stopping.js";
import { define, Panel, sentence } from "../panel.js";
import type { Conversation, Event as Happened, MentionInput, ModelChoice, Session, SlashCommand } from "../protocol.js";
import { tokens } from "../tokens.js";
import { approvalCards } from "./approval.js";
import { budgetMeter } from "./budget.js";
import "./composer.js";
import type { Draft, InternComposer } from "./composer.js";
import { conversationList, newestFirst } from "./conversations.js";
import { announcement } from "./entries.js";
import { panelStyles } from "./panel-styles.js";
import "./permissions.js";
import { plan } from "./plan.js";
import { Streams } from "./streams.js";
import "./transcript.js";
import type { InternTranscript } from "./transcript.js";

const NAME = "chat";
/** The draft of a conversation that nobody has begun. */
const NEW = "";
const EMPTY: Draft = { text: "", mentions: [] };

const EXAMPLES = {
  session: ["Why did you do that?", "What next?", "Explain the worst finding"],
  none: ["What can you do?", "What would you try first?", "How long does it take, and what does it cost?"],
};

interface Said {
  text: string;
  mentions: MentionInput[];
}

/** The conversation with the agent: what it did, what it says, what it asks, and what the person says. */
export class InternChat extends Panel {
  static override styles = [tokens, controls, panelStyles];

  /** What is shown: a conversation's id, `NEW`, or null for the list. undefined: nobody chose. */
  private shown: string | null | undefined = undefined;
  private listed: readonly Conversation[] | null = null;
  private drafts: Record<string, Draft> = {};
  private commands: readonly SlashCommand[] = [];
  private models: readonly ModelChoice[] = [];
  private sought = "";
  private permitted = false;
  private sending = false;
  private online = false;
  private reading: string | null = null;
  private readonly streams = new Streams();
  /** What the live region says. */
  private announced = "";
  private readonly stopping = new Stopping(
    () => {
      this.requestUpdate();
    },
    (deed) => this.wish(deed),
  );

  protected override opened(host: Host): void {
    const saved = host.restoreState(NAME) as { shown?: string | null; drafts?: Record<string, Draft> } | undefined;
    this.shown = saved?.shown;
    this.drafts = saved?.drafts ?? {};
    this.listed = null;
    this.hear(
      host.onDelta((delta) => {
        this.streams.take(delta);
        this.transcript()?.wrote(delta);
      }),
    );
  }

  override willUpdate(changed: PropertyValues<this>): void {
    super.willUpdate(changed);
    const online = this.connection.state === "online";
    if (online && !this.online) void this.connected();
    this.online = online;
  }

  /** Read what no event tells, and what was missed. */
  private async connected(): Promise<void> {
    const { host } = this;
    if (!host) return;
    void this.transcript()?.again();
    const asked = await Promise.allSettled([
      host.request("intern/chat/list", {}),
      host.request("intern/chat/commands", {}),
      host.request("intern/models", {}),
    ]);
    const [list, commands, models] = asked;
    if (list.status === "fulfilled") this.listed = list.value.conversations;
    else {
      this.listed ??= [];
      this.error = sentence(list.reason);
    }
    if (commands.status === "fulfilled") this.commands = commands.value.commands;
    if (models.status === "fulfilled") this.models = models.value.models;
    this.requestUpdate();
  }

  protected override happened(batch: readonly Happened[]): void {
    this.transcript()?.happened(batch);
    for (const { body } of batch)
      if (body.kind === "message" && body.message.state !== "streaming") this.streams.end(body.message.id);
    const told = batch.flatMap((event) => announcement(event) ?? []);
    if (told.length) this.announced = told.join(" ");
  }

  private transcript(): InternTranscript | null {
    return this.renderRoot.querySelector("intern-transcript");
  }

  private show(shown: string | null): void {
    this.shown = shown;
    this.permitted = false;
    this.save();
    this.requestUpdate();
  }

  private save(): void {
    const drafts = Object.fromEntries(Object.entries(this.drafts).filter(([, { text }]) => text !== ""));
    const saved = this.shown === undefined ? { drafts } : { shown: this.shown, drafts };
    this.host?.saveState(NAME, saved as unknown as Json);
  }

  private keep(conversation: string, draft: Draft): void {
    this.drafts = { ...this.drafts, [conversation]: draft };
    this.save();
    this.requestUpdate();
  }

  private async say(conversation: string, { text, mentions }: Said, typed: boolean): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    await this.wish(async (host) => {
      const said = await host.request("intern/chat/say", { conversation: conversation || null, text, mentions });
      if (typed) this.keep(conversation, EMPTY);
      if (conversation === NEW) this.show(said.conversation);
      this.transcript()?.toEnd();
    });
    this.sending = false;
    this.composer()?.focus();
  }

  private composer(): InternComposer | null {
    return this.renderRoot.querySelector("intern-composer");
  }

  protected override content(): TemplateResult {
    if (this.listed === null && !this.folded.conversations.size && this.online)
      return html`<div class="page" role="status" aria-busy="true"><p class="muted">Reading the conversations…</p></div>`;
    const all = newestFirst(this.listed ?? [], this.folded);
    const shown = this.shown === undefined ? (all[0]?.id ?? NEW) : this.shown;
    if (shown === null) return html`${this.list(all)}${this.live()}`;
    const conversation = all.find(({ id }) => id === shown);
    // A conversation that was just begun is shown before its event has come.
    return html`${shown === NEW ? this.beginning(all) : this.conversation(shown, conversation)}${this.live()}`;
  }

  private live(): TemplateResult {
    return html`<div class="hidden" role="status" aria-live="polite">${this.announced}</div>`;
  }

  private list(all: readonly Conversation[]): TemplateResult {
    return html`<header class="head">
        <h2>Conversations</h2>
        ${this.button("New conversation", NEW, "primary")}
      </header>
      ${all.length
        ? html`<div class="search">
              <input
                type="search"
                placeholder="Search conversations"
                aria-label="Search conversations"
                .value=${this.sought}
                @input=${(event: InputEvent) => {
                  this.sought = (event.target as HTMLInputElement).value;
                  this.requestUpdate();
                }}
              />
            </div>
            <div class="scroll">
              ${conversationList(all, this.folded, this.sought, ({ id }) => {
                this.show(id);
              })}
            </div>`
        : html`<p class="page muted">No conversation yet.</p>`}`;
  }

  private button(words: string, shown: string | null, look = "", sign = words): TemplateResult {
    return html`<button class=${look} title=${words} aria-label=${words} @click=${() => {
      this.show(shown);
    }}>${sign}</button>`;
  }

  private back(): TemplateResult {
    return this.button("Conversations", null, "sign", "‹");
  }

  private beginning(all: readonly Conversation[]): TemplateResult {
    const session = this.folded.newestSession();
    return html`<header class="head">
        ${all.length ? this.back() : nothing}
        <h2>New conversation</h2>
      </header>
      <div class="scroll">
        <div class="page">
          <h2>Ask what Intern knows of this workspace</h2>
          <p>
            Why a change was tried, what a finding means, what comes next and what it costs. Every number comes from a
            run that was measured.
          </p>
          <div class="examples">
            ${EXAMPLES[session ? "session" : "none"].map(
              (text) => html`<button ?disabled=${!this.online} @click=${() => this.say(NEW, { text, mentions: [] }, false)}>
                ${text}
              </button>`,
            )}
          </div>
          ${session
            ? nothing
            : html`<button class="primary" ?disabled=${!this.online} @click=${() => this.host?.runCommand("improve")}>
                Improve this training run
              </button>`}
        </div>
      </div>
      ${this.writing(NEW, undefined, undefined)}`;
  }

  private conversation(id: string, conversation: Conversation | undefined): TemplateResult {
    const session = this.folded.sessions.get(conversation?.session ?? id);
    this.read(conversation);
    return html`<header class="head">
        ${this.back()}
        <h2 title=${conversation?.title ?? id}>${conversation?.title ?? id}</h2>
        ${this.button("New conversation", NEW, "sign", "+")}
        ${session?.state === "running"
          ? this.stopping.button("Stop session")
          : session
            ? html`<span class=${session.state === "failed" ? "critical" : "muted"}>${session.state}</span>`
            : nothing}
        ${this.permissions()}
      </header>
      ${session ? this.stopping.question(session, this.folded) : nothing}
      ${this.permitted
        ? html`<intern-permissions .host=${this.host} .seen=${this.permissionsSeen()}></intern-permissions>`
        : nothing}
      ${session ? plan(this.folded.plans.get(session.id) ?? []) : nothing}
      <intern-transcript
        .host=${this.host}
        .folded=${this.folded}
        .streams=${this.streams}
        .conversation=${conversation ?? { id, session: null }}
        @say=${(event: CustomEvent<Said>) => this.say(id, event.detail, false)}
        @refused=${(event: CustomEvent<unknown>) => this.wish(() => Promise.reject(asError(event.detail)))}
      ></intern-transcript>
      ${approvalCards(this.host, this.folded)} ${this.writing(id, conversation, session)}`;
  }

  /** Leads to what the person allowed for longer; absent while that is nothing. */
  private permissions(): TemplateResult | typeof nothing {
    const held = [...this.folded.permissions.values()].some(({ revoked }) => revoked === null);
    if (!held && !this.permitted) return nothing;
    return html`<button
      aria-pressed=${String(this.permitted)}
      @click=${() => {
        this.permitted = !this.permitted;
        this.requestUpdate();
      }}
    >
      Permissions
    </button>`;
  }

  /** Another text whenever a permission was given or taken. */
  private permissionsSeen(): string {
    return [...this.folded.permissions.values()].map(({ id, revoked }) => `${id} ${revoked ?? ""}`).join();
  }

  private read(conversation: Conversation | undefined): void {
    if (!conversation?.unread || !this.online || this.reading === `${conversation.id} ${conversation.updated}`) return;
    this.reading = `${conversation.id} ${conversation.updated}`;
    void this.host?.request("intern/chat/read", { conversation: conversation.id }).catch(() => undefined);
  }

  private writing(id: string, conversation: Conversation | undefined, session: Session | undefined): TemplateResult {
    const model = session?.model ?? "playbook";
    const title = this.models.find((one) => one.id === model)?.title ?? model;
    return html`<div class="below">
      <intern-composer
        .host=${this.host}
        .commands=${this.commands}
        .draft=${this.drafts[id] ?? EMPTY}
        .offline=${!this.online}
        .answering=${conversation?.answering ?? false}
        @draft=${(event: CustomEvent<Draft>) => {
          this.keep(id, event.detail);
        }}
        @say=${(event: CustomEvent<Said>) => this.say(id, event.detail, true)}
        @stop=${() => this.wish((host) => host.request("intern/chat/stop", { conversation: id }))}
      >
        <button
          class="model"
          title="Who thinks. Press to choose another."
          @click=${() => this.host?.runCommand("selectModel")}
        >
          ${title}
        </button>
        ${session ? budgetMeter(session) : nothing}
      </intern-composer>
    </div>`;
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

define("intern-chat", InternChat);
