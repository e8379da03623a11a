import { html, svg, type TemplateResult } from "lit";
import type { Points } from "../curves/points.js";
import { scaled } from "../curves/scale.js";
import { trace } from "../curves/strokes.js";
import { value } from "../numbers.js";
import type { Finding } from "../protocol.js";

const WIDTH = 200;
const HEIGHT = 72;
const EDGE = 3;

/** The metric that a finding is about: a named one of its evidence, else the loss. */
export function evidenceMetric(finding: Finding, series: ReadonlyMap<string, Points>): string | null {
  const named = Object.keys(finding.evidence).find((name) => (series.get(name)?.values.length ?? 0) > 1);
  return named ?? (series.has("loss") ? "loss" : null);
}

/** The metric over the steps, with the stretch of the evidence marked. */
export function evidencePlot(finding: Finding, metric: string, points: Points): TemplateResult {
  const { steps, values } = points;
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const [first, last] = [steps[0] ?? 0, steps.at(-1) ?? 1];
  const across = scaled(first, last > first ? last : first + 1, EDGE, WIDTH - EDGE, false);
  const x = (step: number): number => across(Math.min(last, Math.max(first, step)));
  const up = scaled(low, high > low ? high : low + 1, HEIGHT - EDGE, EDGE, false);
  const path: string[] = [];
  const pen = {
    moveTo: (left: number, top: number) => path.push(`M${left} ${top.toFixed(1)}`),
    lineTo: (left: number, top: number) => path.push(`L${left} ${top.toFixed(1)}`),
  };
  trace(pen, steps, values, [0, values.length], across, up);
  const [from, to] = finding.steps;
  const label = finite.length
    ? `${metric} from ${value(finite[0] ?? NaN)} to ${value(finite.at(-1) ?? NaN)}, steps ${first} to ${last}; the evidence is at ${from} to ${to}`
    : `${metric} has no finite value`;
  return html`<figure>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${label}>
      ${svg`<rect class="evidence" x=${x(from)} width=${Math.max(2, x(to) - x(from))} y="0" height=${HEIGHT}></rect>
      <path class="curve" d=${path.join("")}></path>`}
    </svg>
    <figcaption class="muted">${metric}${finite.length ? `, ${value(low)} to ${value(high)}` : ""}</figcaption>
  </figure>`;
}
