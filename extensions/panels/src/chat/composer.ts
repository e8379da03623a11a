import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { controls } from "../controls.js";
import type { Host } from "../host.js";
import { define } from "../panel.js";
import type { MentionInput, SlashCommand } from "../protocol.js";
import { tokens } from "../tokens.js";
import { commandOf, commandsFor, mentionsFor, stillNamed, type Suggestion, type Typing, typing } from "./suggestions.js";

/** What was written and not sent. */
export interface Draft {
  text: string;
  mentions: MentionInput[];
}

const MOST = 12;

/** Where the person writes: Enter sends, Shift and Enter begin a line, `@` names, `/` commands. */
export class InternComposer extends LitElement {
  static override styles = [tokens, controls, css`
    :host {
      position: relative;
      background: none;
    }
    form {
      display: grid;
      gap: 6px;
    }
    textarea {
      width: 100%;
      max-height: 14em;
      resize: none;
      padding: 6px 8px;
      font: inherit;
      line-height: inherit;
      color: var(--intern-input-text);
      background: var(--intern-input);
      border: 1px solid var(--intern-input-border);
      border-radius: 4px;
    }
    textarea::placeholder {
      color: var(--intern-muted);
      opacity: 1;
    }
    textarea:focus-visible {
      outline-offset: -1px;
    }
    .below {
      display: flex;
      flex-wrap: wrap;
      gap: 6px;
      align-items: center;
    }
    .below slot {
      display: contents;
    }
    .send {
      margin-left: auto;
    }
    .hint {
      font-size: 0.92em;
    }
    ul {
      position: absolute;
      bottom: calc(100% + 4px);
      left: 0;
      right: 0;
      max-height: 16em;
      overflow: auto;
      margin: 0;
      padding: 2px;
      list-style: none;
      z-index: 2;
      background: var(--intern-raised);
      border: 1px solid var(--intern-border);
      border-radius: 4px;
    }
    li {
      display: flex;
      flex-wrap: wrap;
      gap: 0 10px;
      justify-content: space-between;
      padding: 3px 8px;
      border-radius: 3px;
      cursor: pointer;
      overflow-wrap: anywhere;
      min-width: 0;
    }
    li[aria-selected="true"] {
      background: var(--intern-hover);
      outline: 1px solid var(--intern-focus);
      outline-offset: -1px;
    }
  `];
  static override properties = {
    host: { attribute: false },
    commands: { attribute: false },
    draft: { attribute: false },
    offline: { attribute: false },
    answering: { attribute: false },
  };

  declare host: Host | undefined;
  declare commands: readonly SlashCommand[];
  declare draft: Draft;
  declare offline: boolean;
  /** An answer is being written: it can be stopped. */
  declare answering: boolean;
  private typing: Typing | null = null;
  private suggested: readonly Suggestion[] = [];
  private selected = 0;
  private asked = 0;

  constructor() {
    super();
    this.commands = [];
    this.draft = { text: "", mentions: [] };
    this.offline = false;
    this.answering = false;
  }

  override focus(): void {
    this.area()?.focus();
  }

  private area(): HTMLTextAreaElement | null {
    return this.renderRoot.querySelector("textarea");
  }

  override render(): TemplateResult {
    const command = this.typing?.what === "command" ? undefined : commandOf(this.draft.text, this.commands);
    const shown = this.suggested.length > 0;
    return html`<form
      @submit=${(event: Event) => {
        event.preventDefault();
        this.send();
      }}
    >
      ${shown
        ? html`<ul id="suggestions" role="listbox" aria-label="Suggestions" @mousedown=${(event: Event) => {
            event.preventDefault(); // the caret stays where it is
          }}>
            ${this.suggested.map((one, index) => this.option(one, index))}
          </ul>`
        : nothing}
      <span class="hidden" role="status">${shown ? `${this.suggested.length} suggestions` : ""}</span>
      <textarea
        rows="1"
        aria-label="Message to Intern"
        aria-autocomplete="list"
        aria-controls=${shown ? "suggestions" : nothing}
        aria-activedescendant=${shown ? `option-${this.selected}` : nothing}
        placeholder=${this.offline ? "Not connected" : "Ask Intern. @ names, / commands."}
        ?disabled=${this.offline}
        .value=${this.draft.text}
        @input=${this.wrote}
        @keydown=${this.pressed}
        @click=${this.look}
        @blur=${this.close}
      ></textarea>
      ${command
        ? html`<p class="hint muted"><span class="mono">${command.name} ${command.arguments}</span> ${command.summary}</p>`
        : nothing}
      <div class="below">
        <slot></slot>
        ${this.answering
          ? html`<button type="button" class="send" @click=${() => this.dispatchEvent(new CustomEvent("stop"))}>Stop</button>`
          : html`<button class="send primary" ?disabled=${this.offline || this.draft.text.trim() === ""}>Send</button>`}
      </div>
    </form>`;
  }

  private option(one: Suggestion, index: number): TemplateResult {
    return html`<li
      id="option-${index}"
      role="option"
      aria-selected=${String(index === this.selected)}
      @click=${() => {
        this.accept(one);
      }}
    >
      <span class="mono">${one.label}</span><span class="muted">${one.detail}</span>
    </li>`;
  }

  override updated(changed: PropertyValues<this>): void {
    const area = this.area();
    if (!area) return;
    if (changed.has("draft")) {
      area.style.setProperty("height", "auto");
      if (area.scrollHeight > 0) area.style.setProperty("height", `${area.scrollHeight + 2}px`);
    }
    this.renderRoot.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }

  private keep(draft: Draft): void {
    this.draft = draft;
    this.dispatchEvent(new CustomEvent("draft", { detail: draft }));
  }

  private wrote = (): void => {
    this.keep({ ...this.draft, text: this.area()?.value ?? "" });
    this.look();
  };

  /** See what stands at the caret, and what could go on from it. */
  private look = (): void => {
    const area = this.area();
    const found = area ? typing(area.value, area.selectionStart) : null;
    this.typing = found;
    this.asked += 1;
    if (!found) this.suggest([]);
    else if (found.what === "command") this.suggest(commandsFor(found, this.commands));
    else void this.complete(found, this.asked);
  };

  private async complete(found: Typing, asked: number): Promise<void> {
    const { kind, prefix } = found;
    const mentions = await this.host
      ?.request("intern/chat/complete", { kind, prefix, limit: MOST })
      .then((told) => told.mentions)
      .catch(() => []);
    if (asked === this.asked) this.suggest(mentionsFor(found, mentions ?? []));
  }

  private suggest(suggested: readonly Suggestion[]): void {
    this.suggested = suggested;
    this.selected = 0;
    this.requestUpdate();
  }

  private close = (): void => {
    this.asked += 1;
    this.typing = null;
    this.suggest([]);
  };

  private pressed = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    const { key } = event;
    const one = this.suggested[this.selected];
    if (one && ["ArrowDown", "ArrowUp", "Enter", "Tab", "Escape"].includes(key) && !event.shiftKey) {
      if (key === "Enter" && one.text.trim() === this.draft.text) {
        event.preventDefault();
        this.close();
        this.send(); // the command is written out already
        return;
      }
      event.preventDefault();
      if (key === "Escape") this.close();
      else if (key === "ArrowDown" || key === "ArrowUp") {
        const count = this.suggested.length;
        this.selected = (this.selected + (key === "ArrowDown" ? 1 : count - 1)) % count;
        this.requestUpdate();
      } else this.accept(one);
      return;
    }
    if (key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    this.send();
  };

  private accept(one: Suggestion): void {
    const area = this.area();
    if (!area || !this.typing) return;
    const before = area.value.slice(0, this.typing.from) + one.text;
    const text = before + area.value.slice(area.selectionStart).replace(/^ /, "");
    this.keep({ text, mentions: one.mention ? [...this.draft.mentions, one.mention] : this.draft.mentions });
    area.value = text;
    area.setSelectionRange(before.length, before.length);
    area.focus();
    if (one.goesOn) this.look();
    else this.close();
  }

  private send(): void {
    const { text, mentions } = this.draft;
    if (this.offline || this.answering || text.trim() === "") return;
    this.dispatchEvent(new CustomEvent("say", { detail: { text: text.trim(), mentions: stillNamed(text, mentions) } }));
  }
}

define("intern-composer", InternComposer);
