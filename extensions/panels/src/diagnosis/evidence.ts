import { html, svg, type TemplateResult } from "lit";
import { inOrder } from "../curves/axes.js";
import type { Points } from "../curves/feed.js";
import { thinned } from "../curves/thinning.js";
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
  const order = inOrder(points.steps);
  const all = order.map((index) => points.values[index] ?? NaN);
  const kept = thinned(all, WIDTH);
  const steps = kept.map((index) => points.steps[order[index] ?? 0] ?? NaN);
  const values = kept.map((index) => all[index] ?? NaN);
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const [first, last] = [steps[0] ?? 0, steps.at(-1) ?? 1];
  const x = (step: number): number =>
    EDGE + ((WIDTH - 2 * EDGE) * (Math.min(last, Math.max(first, step)) - first)) / (last - first || 1);
  const y = (number: number): number => HEIGHT - EDGE - ((HEIGHT - 2 * EDGE) * (number - low)) / (high - low || 1);
  let pen = "M";
  const path = values.map((number, index) => {
    if (!Number.isFinite(number)) {
      pen = "M";
      return "";
    }
    const piece = `${pen}${x(steps[index] ?? 0).toFixed(1)} ${y(number).toFixed(1)}`;
    pen = "L";
    return piece;
  });
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
