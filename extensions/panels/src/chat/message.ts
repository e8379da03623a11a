import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import { Growing } from "../markdown.js";
import type { Mention, Message } from "../protocol.js";
import { open } from "../following.js";
import type { Target } from "../links.js";
import { type Around, when } from "./entries.js";

/** What a mention leads to; null: a data set, which no editor shows. */
function mentioned({ kind, ref, line }: Mention): Target | null {
  switch (kind) {
    case "file":
      return { kind, path: ref, line: line ?? 1, endLine: null };
    case "run":
      return { kind, run: ref };
    case "experiment":
      return { kind, experiment: ref };
    case "finding": {
      const cut = ref.lastIndexOf("/");
      return cut < 1 ? null : { kind, run: ref.slice(0, cut), rule: ref.slice(cut + 1) };
    }
    case "dataset":
      return null;
  }
}

/** A person's words as they were typed, their mentions as buttons. */
function typed({ host, folded }: Around, { text, mentions }: Message): unknown[] {
  const parts: unknown[] = [];
  let from = 0;
  while (from < text.length) {
    const [next] = mentions
      .map((mention) => ({ mention, at: text.indexOf(`@${mention.label}`, from) }))
      .filter(({ at }) => at >= 0)
      .sort((one, other) => one.at - other.at || other.mention.label.length - one.mention.label.length);
    if (!next) break;
    const to = mentioned(next.mention);
    const words = `@${next.mention.label}`;
    parts.push(text.slice(from, next.at));
    parts.push(
      to
        ? html`<button class="link" title=${next.mention.detail} @click=${() => {
            open(host, folded, to);
          }}>${words}</button>`
        : html`<strong title=${next.mention.detail}>${words}</strong>`,
    );
    from = next.at + words.length;
  }
  return [...parts, text.slice(from)];
}

/** One turn. `say` is there for a person's message that may be said again. */
export function messageEntry(
  around: Around,
  message: Message,
  text: string,
  growing: Growing,
  say: (() => void) | null,
): TemplateResult {
  const person = message.author === "person";
  return html`<article class="message ${message.author}" aria-label=${person ? "You" : "Intern"}>
    <header>
      <strong>${person ? "You" : "Intern"}</strong>
      ${when(message.created)}
      <span class="tools">
        <button class="link" @click=${() => {
          around.host.copyText(text);
        }}>Copy</button>
        ${say ? html`<button class="link" title="Say the same text again" @click=${say}>Retry</button>` : nothing}
      </span>
    </header>
    ${person
      ? html`<div class="typed">${typed(around, message)}</div>`
      : html`<div class="markdown">
          ${growing.blocks(text).map((block) => html`<div>${guard([block], () => unsafeHTML(block))}</div>`)}
          ${message.state === "streaming"
            ? html`<p class="muted" aria-hidden="true"><span class="caret"></span></p>`
            : nothing}
        </div>`}
    ${message.state === "stopped" || message.state === "failed"
      ? html`<p class=${message.state === "failed" ? "critical" : "muted"}>
          ${message.state === "failed" ? "The answer failed" : "Stopped"}${message.reason === null ? "." : `: ${message.reason}`}
        </p>`
      : nothing}
  </article>`;
}
