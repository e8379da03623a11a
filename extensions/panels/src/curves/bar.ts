import { html, nothing, type TemplateResult } from "lit";
import type { Axis } from "./axes.js";
import { search } from "./metrics.js";
import type { View } from "./view.js";

const AXES: readonly [Axis, string][] = [
  ["step", "step"],
  ["relative", "time since start"],
  ["wall", "time of day"],
  ["tokens", "tokens"],
];

export interface BarWish {
  view: View;
  zoomed: boolean;
  comparing: boolean;
  /** Runs that are shown: two can be compared. */
  shown: number;
  liveness: string;
  look(view: Partial<View>): void;
  reset(): void;
  compare(): void;
}

/** How the curves are drawn, above the charts. */
export function bar({ view, zoomed, comparing, shown, liveness, look, reset, compare }: BarWish): TemplateResult {
  const { smoothing, axis, metricSearch } = view;
  const text = (event: Event): string => (event.target as HTMLInputElement).value;
  const tick = (name: "logX" | "logY" | "clip", words: string, title: string, off = false): TemplateResult => html`<label title=${title}
    ><input
      type="checkbox"
      .checked=${view[name] && !off}
      ?disabled=${off}
      @change=${(event: Event) => {
        look({ [name]: (event.target as HTMLInputElement).checked });
      }}
    />${words}</label
  >`;
  return html`<div class="bar" role="toolbar" aria-label="How the curves are drawn">
    <label title="Exponential moving average of all points; the values stay visible behind it."
      >Smoothing
      <input
        type="range"
        min="0"
        max="0.99"
        step="0.01"
        aria-valuetext=${smoothing > 0 ? smoothing : "off"}
        .value=${String(smoothing)}
        @input=${(event: Event) => {
          look({ smoothing: Number(text(event)) });
        }}
      /><output class="numbers">${smoothing > 0 ? smoothing.toFixed(2) : "off"}</output></label
    >
    ${smoothing > 0
      ? html`<button @click=${() => {
          look({ smoothing: 0 });
        }}>Turn off</button>`
      : nothing}
    <label
      >X-axis
      <select
        @change=${(event: Event) => {
          look({ axis: text(event) as Axis });
        }}
      >
        ${AXES.map(([name, words]) => html`<option value=${name} ?selected=${axis === name}>${words}</option>`)}
      </select></label
    >
    ${tick("logX", "Log x", "Points at or below 0 have no place on a log axis.", axis === "wall")}
    ${tick("logY", "Log y", "Values at or below 0 have no place on a log axis; they are counted below the chart.")}
    ${tick("clip", "Clip outliers", "Single values far outside leave the chart, and are counted below it.")}
    <input
      type="search"
      placeholder="Search metrics"
      title="A regular expression"
      aria-label="Search metrics (regular expression)"
      aria-invalid=${search(metricSearch).broken}
      .value=${metricSearch}
      @input=${(event: Event) => {
        look({ metricSearch: text(event) });
      }}
    />
    <button
      aria-pressed=${comparing}
      ?disabled=${shown < 2}
      title=${shown < 2 ? "Show two runs to compare them" : "Settings, scores and code of the shown runs side by side"}
      @click=${compare}
    >
      Compare
    </button>
    ${zoomed ? html`<button @click=${reset}>Reset zoom</button>` : nothing}
    <span class="muted" role="status">${liveness}</span>
  </div>`;
}
