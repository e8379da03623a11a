import { html, type TemplateResult } from "lit";
import { value } from "../numbers.js";
import { nearest } from "./axes.js";
import type { Line } from "./plot.js";

/** Rows of the table; the CSV export has all points. */
const ROWS = 60;

/** The values behind a chart: a row a place on the x-axis, a column a run. */
export function valueTable(
  metric: string,
  axis: string,
  lines: readonly Line[],
  place: (x: number) => string,
): TemplateResult {
  const all = [...new Set(lines.flatMap(({ curve }) => curve.xs))].sort((one, other) => one - other);
  const stride = Math.max(1, Math.ceil(all.length / ROWS));
  const chosen = all.filter((_, index) => index % stride === 0 || index === all.length - 1);
  return html`<table class="numbers">
    <caption class="hidden">${metric}${stride > 1 ? `, every ${stride}th point` : ""}</caption>
    <thead>
      <tr>
        <th scope="col">${axis}</th>
        ${lines.map(({ title }) => html`<th scope="col">${title}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${chosen.map(
        (x) => html`<tr>
          <th scope="row">${place(x)}</th>
          ${lines.map(({ curve }) => {
            const index = nearest(curve.xs, x);
            return html`<td>${curve.xs[index] === x ? value(curve.raw[index] ?? NaN) : ""}</td>`;
          })}
        </tr>`,
      )}
    </tbody>
  </table>`;
}
