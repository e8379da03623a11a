import { html, nothing, type TemplateResult } from "lit";
import { count } from "../numbers.js";
import { placed } from "../placed.js";
import type { Place, Severity } from "../protocol.js";
import { placeOfStep } from "./axes.js";
import type { Span } from "./details.js";
import type { Line } from "./plot.js";
import { scaled } from "./scale.js";

/** A finding of a run on show. */
export interface Band {
  run: string;
  rule: string;
  severity: Severity;
  title: string;
  steps: [number, number];
  place: Place | null;
}

/** Where a run with a commit ended. */
export interface Tick {
  run: string;
  commit: string;
  title: string;
  variable: string;
}

/** Rows of finding bands below a chart; the diagnosis panel has them all. */
const LANES = 3;
/** CSS pixels from one commit tick to the next at the same place. */
const APART = 6;
/** Sends an event of the chart: `finding` with a band, `commit` with its SHA. */
export type Tell = (kind: "finding" | "commit", detail: unknown) => void;

/** Findings as bands, one lane a rule, the worst first; below them where each commit ended. */
export function strip(lines: readonly Line[], bands: readonly Band[], marks: readonly Tick[], span: Span, log: boolean, tell: Tell): TemplateResult {
  const place = scaled(span[0], span[1], 0, 100, log);
  const share = (x: number): number => {
    const at = place(x);
    return Number.isNaN(at) ? 0 : Math.min(100, Math.max(0, at)); // 0 lies left of any log axis
  };
  const rules = new Map<string, { band: Band; from: number; to: number; runs: number }>();
  for (const band of bands) {
    const curve = lines.find(({ run }) => run === band.run)?.curve;
    const from = curve && placeOfStep(curve, band.steps[0]);
    const to = curve && placeOfStep(curve, band.steps[1]);
    if (typeof from !== "number" || typeof to !== "number") continue;
    if (to < span[0] || from > span[1]) continue;
    const lane = rules.get(band.rule);
    if (lane) {
      lane.from = Math.min(lane.from, from);
      lane.to = Math.max(lane.to, to);
      lane.runs++;
    } else rules.set(band.rule, { band, from, to, runs: 1 });
  }
  const worst: Severity[] = ["critical", "warning", "info"];
  const lanes = [...rules.values()]
    .sort((one, other) => worst.indexOf(one.band.severity) - worst.indexOf(other.band.severity))
    .slice(0, LANES);
  const together = new Map<number, number>();
  const ticks = marks.flatMap((tick) => {
    const end = lines.find(({ run }) => run === tick.run)?.curve.xs.at(-1);
    if (end === undefined || end < span[0] || end > span[1]) return [];
    // Runs of one length end at one place: their ticks stand beside each other, not on each other.
    const at = Math.round(share(end));
    const before = together.get(at) ?? 0;
    together.set(at, before + 1);
    return [{ ...tick, left: `calc(${share(end)}% - ${APART * before}px)` }];
  });
  return html`
    ${lanes.map(({ band, from, to, runs }) => {
      const label = `${band.rule}, ${band.severity}: ${band.title} (${count(runs, "run")})`;
      return html`<div class="lane">
        <button
          class=${band.severity}
          title=${label}
          aria-label=${label}
          ${placed({ left: `${share(from)}%`, width: `${share(to) - share(from)}%` })}
          @click=${() => {
            tell("finding", band);
          }}
        ></button>
      </div>`;
    })}
    ${ticks.length
      ? html`<div class="lane">
          ${ticks.map(
            (tick) =>
              html`<button
                class="tick"
                title="${tick.title}: open the diff of ${tick.commit.slice(0, 7)}"
                aria-label="${tick.title}: open the diff of ${tick.commit.slice(0, 7)}"
                ${placed({ left: tick.left, color: `var(${tick.variable})` })}
                @click=${() => {
                  tell("commit", tick.commit);
                }}
              ></button>`,
          )}
        </div>`
      : nothing}
  `;
}
