import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import { controls } from "../controls.js";
import type { Folded } from "../folded.js";
import type { Host } from "../host.js";
import { Growing } from "../markdown.js";
import { define } from "../panel.js";
import { placed } from "../placed.js";
import type { Conversation, Delta, Event, Message, Step } from "../protocol.js";
import { tokens } from "../tokens.js";
import { line } from "./entries.js";
import { Heights, rowAt } from "./heights.js";
import { messageEntry } from "./message.js";
import { concerns, PAGE, Pages, type Row } from "./pages.js";
import { stepEntry } from "./step.js";
import type { Streams } from "./streams.js";
import { messageStyles, transcriptStyles } from "./transcript-styles.js";

/** Pixels drawn above and below the screen. */
const MARGIN = 600;
/** Height of a screen that has none, as in a page without layout. */
const NO_SCREEN = 800;
/** A reader at most so many pixels above the end is at the end. */
const END = 24;

/**
 * What was said and done in one conversation. Only the rows near the screen are in the page, and
 * only the pages around them in memory; the row that the reader looks at stays where it is.
 */
export class InternTranscript extends LitElement {
  static override styles = [tokens, controls, messageStyles, transcriptStyles];
  static override properties = {
    host: { attribute: false },
    folded: { attribute: false },
    conversation: { attribute: false },
    streams: { attribute: false },
  };

  declare host: Host | undefined;
  declare folded: Folded;
  declare conversation: Pick<Conversation, "id" | "session"> | undefined;

  /** What is being written; pieces of it may come before the conversation is opened. */
  declare streams: Streams;

  private pages: Pages | null = null;
  private heights = new Heights();
  private growing = new Map<string, Growing>();
  private unfolded = new Set<string>();
  private tops: ArrayLike<number> = [0];
  /** The reader follows what comes. */
  private atEnd = true;
  /** Something came below while the reader looked at what is above. */
  private unseen = false;
  /** The row at the top of the screen, and how far it is scrolled out. */
  private anchor: { position: number; offset: number } | null = null;
  private drawing = 0;
  /** The row's part that has the focus, now and before the page is drawn: it may be scrolled out of it. */
  private held: Element | null = null;
  private heldBefore: Element | null = null;
  private measured: ReadonlySet<Element> = new Set();
  private readonly measuring = new ResizeObserver((boxes) => {
    this.measure(boxes);
  });

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observe([]);
    cancelAnimationFrame(this.drawing);
  }

  /** Events as they happen. */
  happened(batch: readonly Event[]): void {
    const { conversation } = this;
    if (!conversation || !this.pages) return;
    const news = batch.filter(({ body }) => concerns(body, conversation));
    if (news.length) this.pages.take(news);
  }

  /** A piece of a message; the page is drawn at most once a frame for them. */
  wrote(delta: Delta): void {
    if (delta.conversation !== this.conversation?.id) return;
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      if (!this.atEnd) this.unseen = true;
      this.requestUpdate();
    });
  }

  /** After the connection was lost: what was missed. */
  async again(): Promise<void> {
    await this.pages?.tail();
  }

  /** To the newest, which is followed from now on. */
  toEnd(): void {
    this.atEnd = true;
    this.unseen = false;
    this.requestUpdate();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const { host, conversation } = this;
    const before = changed.get("conversation");
    const another = changed.has("host") || (changed.has("conversation") && before?.id !== conversation?.id);
    if (another) {
      this.heights = new Heights();
      this.growing.clear();
      this.unfolded.clear();
      this.anchor = null;
      this.atEnd = true;
      this.unseen = false;
      this.pages = null;
      if (host && conversation) this.pages = this.read(host, conversation.id);
    }
    this.heldBefore = this.held;
    this.tops = this.heights.tops(this.pages?.rows ?? []);
  }

  private read(host: Host, conversation: string): Pages {
    let newest = 0;
    const pages = new Pages(
      (before, limit) => host.request("intern/chat/transcript", { conversation, before, limit }),
      () => {
        if (this.pages !== pages) return;
        const last = pages.rows.at(-1)?.position ?? 0;
        if (last > newest && !this.atEnd) this.unseen = true;
        newest = last;
        this.requestUpdate();
      },
    );
    void pages.tail();
    return pages;
  }

  private scroller(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(".scroller");
  }

  /** First and last row to be drawn. */
  private window(): [number, number] {
    const count = this.pages?.rows.length ?? 0;
    const all = this.tops[count] ?? 0;
    const scroller = this.scroller();
    const screen = scroller?.clientHeight ?? 0;
    const height = screen > 0 ? screen : NO_SCREEN;
    const top = this.atEnd ? all - height : this.anchored(this.pages?.rows ?? []);
    return [rowAt(this.tops, top - MARGIN), rowAt(this.tops, top + height + MARGIN)];
  }

  /** How far the page is scrolled when the row at the top of the screen stays where it is. */
  private anchored(rows: readonly Row[]): number {
    const { anchor } = this;
    if (!anchor) return 0;
    const index = rows.findIndex(({ position }) => position >= anchor.position);
    return (this.tops[Math.max(0, index)] ?? 0) + anchor.offset;
  }

  override render(): TemplateResult | typeof nothing {
    const { pages } = this;
    if (!pages) return nothing;
    const { rows } = pages;
    if (!pages.opened)
      return pages.failed === null
        ? html`<div class="page" role="status" aria-busy="true"><p class="muted">Reading the conversation…</p></div>`
        : html`<div class="page" role="alert">
            <p><span class="critical">The conversation can't be read.</span> ${pages.failed}</p>
            <button class="primary" @click=${() => pages.tail()}>Try again</button>
          </div>`;
    const [first, last] = this.window();
    const count = rows.length;
    return html`<div class="scroller" tabindex="0" role="region" aria-label="Transcript" @scroll=${this.scrolled}>
        ${pages.earlier
          ? html`<p class="earlier muted">Reading what is before…</p>`
          : nothing}
        <div class="rows" @focusin=${this.focused} @focusout=${this.focused} ${placed({ height: `${String(this.tops[count] ?? 0)}px` })}>
          <div class="drawn" role="list" ${placed({ transform: `translateY(${String(this.tops[first] ?? 0)}px)` })}>
            ${repeat(
              rows.slice(first, last + 1),
              ({ position }) => position,
              (row) => this.row(row),
            )}
          </div>
        </div>
      </div>
      ${pages.failed === null
        ? nothing
        : html`<div class="banner failed" role="alert">
            <p><span class="critical">A part can't be read.</span> ${pages.failed}</p>
            <button @click=${() => pages.tail()}>Try again</button>
          </div>`}
      ${this.unseen ? html`<button class="unseen primary" @click=${this.toEnd}>New messages ↓</button>` : nothing}`;
  }

  private row(row: Row): TemplateResult {
    const { entry } = row;
    if (!entry)
      return html`<div class="row absent" role="listitem" ${placed({ height: `${String(this.heights.of(row))}px` })}></div>`;
    const { body } = entry.event;
    const shown = this.unfolded.has(row.key);
    const text = body.kind === "message" ? this.streams.text(body.message) : "";
    return html`<div class="row" role="listitem" data-position=${row.position} ${placed({ height: "" })}>
      ${guard([entry, shown, text], () => this.entry(row, text, shown))}
    </div>`;
  }

  private entry({ key, entry }: Row, text: string, shown: boolean): TemplateResult | typeof nothing {
    const { host, folded } = this;
    if (!host || !entry) return nothing;
    const { body } = entry.event;
    if (body.kind === "message") {
      const { message } = body;
      const growing = this.growing.get(message.id) ?? new Growing();
      if (message.state === "streaming") this.growing.set(message.id, growing);
      else this.growing.delete(message.id);
      return messageEntry({ host, folded }, message, text, growing, message.author === "person" ? () => {
        this.say(message);
      } : null);
    }
    if (body.kind !== "step") return line({ host, folded }, entry);
    return stepEntry(body.step, shown, {
      toggle: () => {
        if (!this.unfolded.delete(key)) this.unfolded.add(key);
        this.requestUpdate();
      },
      whole: () => void this.whole(host, body.step),
    });
  }

  private say({ text, mentions }: Message): void {
    this.dispatchEvent(new CustomEvent("say", { detail: { text, mentions } }));
  }

  private async whole(host: Host, { session, number }: Step): Promise<void> {
    try {
      const step = await host.request("intern/chat/step", { session, number });
      host.openText(`Step ${step.number} of ${session}`, step.observation);
    } catch (thrown) {
      this.dispatchEvent(new CustomEvent("refused", { detail: thrown }));
    }
  }

  override updated(): void {
    const scroller = this.scroller();
    if (!this.pages || !scroller) return;
    this.observe([scroller, ...scroller.querySelectorAll(".row")]);
    if (this.heldBefore?.isConnected === false) scroller.focus({ preventScroll: true });
    this.place(scroller);
    const [first, last] = this.window();
    this.pages.want(first, last);
    this.pages.keep(first, last);
    if (first < PAGE / 2) this.pages.older();
  }

  /** Measure these and no others: what left the page would be kept in memory. */
  private observe(elements: readonly Element[]): void {
    const now = new Set(elements);
    for (const element of this.measured) if (!now.has(element)) this.measuring.unobserve(element);
    for (const element of now) if (!this.measured.has(element)) this.measuring.observe(element);
    this.measured = now;
  }

  /** Keep what the reader sees where it is. */
  private place(scroller: HTMLElement): void {
    const above = scroller.querySelector<HTMLElement>(".earlier")?.offsetHeight ?? 0;
    const top = this.atEnd ? scroller.scrollHeight - scroller.clientHeight : this.anchored(this.pages?.rows ?? []) + above;
    if (Math.abs(scroller.scrollTop - top) >= 1) scroller.scrollTop = top;
  }

  private measure(boxes: readonly ResizeObserverEntry[]): void {
    let moved = false;
    for (const { target, borderBoxSize } of boxes) {
      const [box] = borderBoxSize;
      if (!box || !target.isConnected) continue;
      if (target === this.scroller()) {
        moved = true;
      } else if (target instanceof HTMLElement && target.dataset.position) {
        moved = this.heights.measured(Number(target.dataset.position), box.blockSize) || moved;
      }
    }
    if (moved) this.requestUpdate();
  }

  private focused = ({ type, target }: FocusEvent): void => {
    this.held = type === "focusin" ? (target as Element) : null;
  };

  private scrolled = (): void => {
    const scroller = this.scroller();
    if (!scroller || !this.pages) return;
    const above = scroller.querySelector<HTMLElement>(".earlier")?.offsetHeight ?? 0;
    const top = scroller.scrollTop - above;
    const index = rowAt(this.tops, top);
    const row = this.pages.rows[index];
    if (row) this.anchor = { position: row.position, offset: top - (this.tops[index] ?? 0) };
    this.atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight <= END;
    if (this.atEnd) this.unseen = false;
    this.requestUpdate();
  };
}

define("intern-transcript", InternTranscript);
