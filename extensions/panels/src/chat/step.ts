import { html, nothing, type TemplateResult } from "lit";
import { asNumber, clock } from "../numbers.js";
import type { Step } from "../protocol.js";
import { called, outcome } from "./calls.js";

/** Seconds as a step took them: `0.3 s`, `41 s`, `3:12`. */
export function took(seconds: number): string {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 0.05) return "0 s";
  return seconds < 10 ? `${seconds.toFixed(1)} s` : seconds < 120 ? `${Math.round(seconds)} s` : clock(seconds);
}

/** Characters of a call that leave room for its outcome. */
const SHORT = 24;

interface Wishes {
  toggle(): void;
  /** Shows the observation in full. */
  whole(): void;
}

/** A step folded to a line; unfolded its thought, code and observation. */
export function stepEntry(step: Step, unfolded: boolean, wishes: Wishes): TemplateResult {
  const result = outcome(step);
  const call = called(step);
  // What came of it matters more in a line than what was given.
  const short = result && call.length > SHORT ? call.replace(/\(.*$/s, "(…)") : call;
  return html`<div class="step">
    <button class="link fold" aria-expanded=${String(unfolded)} @click=${wishes.toggle}>
      <span class="glyph" aria-hidden="true">${unfolded ? "▾" : "▸"}</span>
      <span class="call"
        >Ran <code title=${call}>${short}</code>${result
          ? html`: <span class=${step.error === null ? "" : "critical"}>${result}</span>`
          : nothing}</span
      >
      <span class="when muted numbers">${took(asNumber(step.seconds))}</span>
    </button>
    ${unfolded
      ? html`<div class="unfolded">
          <p>${step.thought}</p>
          <pre tabindex="0" aria-label="Code">${step.code}</pre>
          ${step.observation ? html`<pre tabindex="0" aria-label="Observation">${step.observation}</pre>` : nothing}
          ${step.error === null ? nothing : html`<pre class="critical" tabindex="0" aria-label="Error">${step.error}</pre>`}
          ${step.observation ? html`<p><button class="link" @click=${wishes.whole}>Open whole output</button></p>` : nothing}
        </div>`
      : nothing}
  </div>`;
}
