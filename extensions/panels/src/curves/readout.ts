import { html, nothing, type TemplateResult } from "lit";
import { delta, value } from "../numbers.js";
import { placed } from "../placed.js";
import { nearest } from "./axes.js";
import { LEFT, type Line } from "./plot.js";

/** Runs in the read-out at the cross-hair, nearest first. */
export const TOLD = 8;

/** Where the cross-hair stands. */
export interface Pointed {
  x: number;
  /** CSS pixels from the left edge of the plot. */
  left: number;
  /** By the keyboard: then the values are announced. */
  byKey: boolean;
}

export interface ReadoutLook {
  pinned: string | null;
  smoothed: boolean;
  /** Of the chart, in CSS pixels. */
  width: number;
  /** Time, or place on a time axis, of a point. */
  whereabouts(line: Line, index: number): string;
}

/** The values of the runs at the cross-hair, nearest first, with their distance to the pinned run. */
export function readout(lines: readonly Line[], pointed: Pointed, look: ReadoutLook): TemplateResult {
  const { x, left, byKey } = pointed;
  const at = lines.flatMap((line) => {
    const index = nearest(line.curve.xs, x);
    return index < 0 ? [] : [{ line, index, away: Math.abs((line.curve.xs[index] ?? 0) - x) }];
  });
  const pinned = at.find(({ line }) => line.run === look.pinned);
  const base = pinned?.line.curve.smoothed[pinned.index];
  const told = at.sort((one, other) => one.away - other.away).slice(0, TOLD);
  const first = told[0];
  const right = left > (look.width - LEFT) / 2;
  const edge = right ? look.width - LEFT - left + 12 : LEFT + left + 12;
  return html`<div
    class="readout numbers"
    role=${byKey ? "status" : "presentation"}
    ${placed({ left: right ? "auto" : `${edge}px`, right: right ? `${edge}px` : "auto" })}
  >
    <table role="presentation">
      <tr class="muted">
        <th>${first ? look.whereabouts(first.line, first.index) : ""}</th>
        <th>value</th>
        ${look.smoothed ? html`<th>smoothed</th>` : nothing}
        <th>step</th>
        ${base === undefined ? nothing : html`<th>to pinned</th>`}
      </tr>
      ${told.map(({ line, index }) => {
        const raw = line.curve.raw[index] ?? NaN;
        const smoothed = line.curve.smoothed[index] ?? NaN;
        return html`<tr>
          <td>
            <span class="swatch" ${placed({ color: `var(${line.variable})` })}></span
            >${line.title}
          </td>
          <td>${value(raw)}</td>
          ${look.smoothed ? html`<td>${value(smoothed)}</td>` : nothing}
          <td>${value(line.curve.steps[index] ?? NaN)}</td>
          ${base === undefined
            ? nothing
            : html`<td>${line.run === look.pinned ? "pinned" : delta(smoothed - base)}</td>`}
        </tr>`;
      })}
    </table>
    ${at.length > TOLD ? html`<p class="muted">and ${at.length - TOLD} more</p>` : nothing}
  </div>`;
}
