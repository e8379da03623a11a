import { html, nothing, type TemplateResult } from "lit";
import { count } from "../numbers.js";
import { placed } from "../placed.js";
import type { Place, Severity } from "../protocol.js";
import { placeOfStep } from "./axes.js";
import type { Line } from "./plot.js";

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
/** Sends an event of the chart: `finding` with a band, `commit` with its SHA. */
export type Tell = (kind: "finding" | "commit", detail: unknown) => void;

/** Findings as bands, one lane a rule, the worst first; below them where each commit ended. */
export function strip(lines: readonly Line[], bands: readonly Band[], marks: readonly Tick[], span: readonly [number, number], tell: Tell): TemplateResult {
  const share = (x: number): number =>
    Math.min(100, Math.max(0, (100 * (x - span[0])) / (span[1] - span[0])));
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
  const ticks = marks.flatMap((tick) => {
    const end = lines.find(({ run }) => run === tick.run)?.curve.xs.at(-1);
    return end === undefined || end < span[0] || end > span[1] ? [] : [{ ...tick, end }];
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
                ${placed({ left: `${share(tick.end)}%`, color: `var(${tick.variable})` })}
                @click=${() => {
                  tell("commit", tick.commit);
                }}
              ></button>`,
          )}
        </div>`
      : nothing}
  `;
}
