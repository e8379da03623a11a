import { html, type TemplateResult } from "lit";
import { value } from "../numbers.js";

/** Metrics that are logged once, such as run times: a number says more than a chart of one dot. */
export function singles(
  names: readonly string[],
  runs: readonly { id: string; title: string }[],
  told: (run: string, name: string) => number | undefined,
): TemplateResult {
  return html`<div tabindex="0" role="region" aria-label="Metrics logged once" class="scroll"><table class="single numbers">
    <thead>
      <tr>
        <th scope="col" class="muted">Logged once</th>
        ${runs.map(({ title }) => html`<th scope="col">${title}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${names.map(
        (name) => html`<tr>
          <th scope="row">${name}</th>
          ${runs.map(({ id }) => {
            const number = told(id, name);
            return html`<td>${number === undefined ? "–" : value(number)}</td>`;
          })}
        </tr>`,
      )}
    </tbody>
  </table></div>`;
}
