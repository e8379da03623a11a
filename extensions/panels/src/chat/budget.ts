import { html, type TemplateResult } from "lit";
import { asNumber, clock, count } from "../numbers.js";
import type { Session } from "../protocol.js";

/** How much of the budget is used: the bar is the cap that is nearest. */
export function budgetMeter({ spent, budget }: Session): TemplateResult {
  const seconds = asNumber(spent.seconds);
  const cap = 60 * asNumber(budget.minutes);
  const usd = asNumber(spent.usd);
  const caps = [
    seconds / cap,
    spent.runs / budget.runs,
    usd / asNumber(budget.usd),
    spent.tokens / budget.tokens,
  ].filter(Number.isFinite);
  const words = `${clock(seconds)} of ${clock(cap)}, ${spent.runs} of ${count(budget.runs, "run")}, $${usd.toFixed(2)}`;
  return html`<span class="budget numbers" title=${words}>
    <meter aria-label="Budget used: ${words}" min="0" max="1" high="0.9" value=${Math.max(0, ...caps)}></meter>
    <span class="muted" aria-hidden="true">${clock(seconds)} of ${clock(cap)}</span>
  </span>`;
}
