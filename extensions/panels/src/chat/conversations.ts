import { html, nothing, type TemplateResult } from "lit";
import type { Folded } from "../folded.js";
import { asNumber, timeOfDay } from "../numbers.js";
import type { Conversation } from "../protocol.js";

const DAY = 86_400;

/** Time of day for today, else the date. */
function age(seconds: number, now: number): string {
  return now - seconds < DAY ? timeOfDay(seconds) : new Date(seconds * 1000).toLocaleDateString();
}

/** What was listed, with what has changed since; newest first. */
export function newestFirst(listed: readonly Conversation[], folded: Folded): Conversation[] {
  const all = new Map(listed.map((one) => [one.id, one]));
  for (const [id, one] of folded.conversations) all.set(id, one);
  return [...all.values()].sort((one, other) => asNumber(other.updated) - asNumber(one.updated));
}

/** The conversations that the words are found in, as lines that open them. */
export function conversationList(
  conversations: readonly Conversation[],
  folded: Folded,
  words: string,
  open: (conversation: Conversation) => void,
): TemplateResult {
  const sought = words.toLowerCase();
  const found = conversations.filter(({ title, id }) => `${title} ${id}`.toLowerCase().includes(sought));
  const now = Date.now() / 1000;
  return html`<ul class="conversations" aria-label="Conversations">
      ${found.map((conversation) => {
        const state = folded.sessions.get(conversation.session ?? "")?.state;
        const waits = folded.waiting().some(({ session }) => session === conversation.session);
        return html`<li>
          <button class="link conversation" @click=${() => {
            open(conversation);
          }}>
            <span class="dot" aria-hidden="true">${conversation.unread ? "●" : ""}</span>
            <span class="title">${conversation.title}</span>
            ${conversation.unread ? html`<span class="hidden">unread</span>` : nothing}
            <span class="numbers muted">${age(asNumber(conversation.updated), now)}</span>
            <span class="state muted"
              >${waits
                ? html`<span class="warning">waits for you</span>`
                : conversation.answering
                  ? "answering"
                  : state === undefined
                    ? "no session"
                    : html`<span class=${state === "failed" ? "critical" : ""}>${state}</span>`}</span
            >
          </button>
        </li>`;
      })}
    </ul>
    ${found.length ? nothing : html`<p class="none muted" role="status">No conversation has these words.</p>`}`;
}
