import { html, nothing, type TemplateResult } from "lit";
import type { PlanItem } from "../protocol.js";

const SIGNS: Record<PlanItem["state"], string> = { open: "○", doing: "▸", done: "✓", skipped: "–" };
const WORDS: Record<PlanItem["state"], string> = { open: "to do", doing: "now", done: "done", skipped: "skipped" };

/** What the agent means to do: one line that unfolds. */
export function plan(items: readonly PlanItem[]): TemplateResult | typeof nothing {
  if (!items.length) return nothing;
  const done = items.filter(({ state }) => state === "done" || state === "skipped").length;
  const now = items.find(({ state }) => state === "doing");
  return html`<details class="plan">
    <summary>
      <strong>Plan</strong> <span class="muted numbers">${done} of ${items.length}</span>
      ${now ? html`<span class="now">${now.text}</span>` : nothing}
    </summary>
    <ol>
      ${items.map(
        ({ text, state }) => html`<li class=${state}>
          <span class="sign" aria-hidden="true">${SIGNS[state]}</span>
          <span>${text} <span class="hidden">${WORDS[state]}</span></span>
        </li>`,
      )}
    </ol>
  </details>`;
}
