import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { controls } from "../controls.js";
import { count, delta, maybeNumber, value } from "../numbers.js";
import { define } from "../panel.js";
import { placed } from "../placed.js";
import type { Comparison, ComparedSetting, Place } from "../protocol.js";

/** A column of the comparison. */
export interface Compared {
  title: string;
  /** Name of the theme variable of its colour. */
  variable: string;
  commit: string;
}

/** Characters of a value in a cell; the whole stands in its tooltip. */
const LONGEST = 40;

/** What tells the shown runs apart: settings, scores, code. The first run is the one compared with. */
export class InternComparison extends LitElement {
  static override styles = [controls, css`
    :host {
      border-bottom: 1px solid var(--intern-border);
      max-height: 45%;
      overflow: auto;
      flex: none;
      padding: 8px 12px;
    }
    table {
      border-collapse: collapse;
    }
    th,
    td {
      padding: 2px 16px 2px 0;
      text-align: left;
      font-weight: normal;
      vertical-align: baseline;
      white-space: nowrap;
    }
    thead th {
      font-weight: 600;
    }
    td.other {
      font-weight: 600;
    }
    caption {
      text-align: left;
      padding: 8px 0 2px;
      font-weight: 600;
    }
    .swatch {
      display: inline-block;
      width: 10px;
      height: 3px;
      margin-right: 6px;
      vertical-align: middle;
      background: currentColor;
    }
    ul {
      margin: 2px 0;
      padding: 0 0 0 16px;
    }
  `];

  static override properties = {
    runs: { attribute: false },
    told: { attribute: false },
    error: {},
  };

  declare runs: readonly Compared[];
  /** null: it has not come yet. */
  declare told: Comparison | null;
  declare error: string | null;

  private tell(kind: "place" | "code", detail: unknown): void {
    this.dispatchEvent(new CustomEvent(kind, { detail, bubbles: true, composed: true }));
  }

  override render(): TemplateResult {
    if (this.error !== null) return html`<p role="alert"><strong class="critical">Not compared.</strong> ${this.error}</p>`;
    const { told } = this;
    if (!told) return html`<p class="muted" role="status">Comparing…</p>`;
    return html`
      ${told.settings.length
        ? html`<table class="numbers">
            <caption>Settings that differ <span class="muted">${told.same} are the same</span></caption>
            ${this.head("setting")}
            <tbody>
              ${told.settings.map((setting) => html`<tr>
                <th scope="row">${setting.name}</th>
                ${setting.values.map((_, index) => this.setting(setting, index))}
              </tr>`)}
            </tbody>
          </table>`
        : html`<p>No setting differs; ${count(told.same, "setting")} ${told.same === 1 ? "is" : "are"} the same.</p>`}
      ${this.metrics(told)} ${this.code(told)}
    `;
  }

  private head(what: string): TemplateResult {
    return html`<thead>
      <tr>
        <th scope="col" class="muted">${what}</th>
        ${this.runs.map(
          ({ title, variable }) =>
            html`<th scope="col"><span class="swatch" ${placed({ color: `var(${variable})` })}></span>${title}</th>`,
        )}
      </tr>
    </thead>`;
  }

  private setting({ values, places }: ComparedSetting, index: number): TemplateResult {
    const told = values[index];
    const place = places[index] ?? null;
    const other = told !== values[0] ? "other" : "";
    if (told === null || told === undefined) return html`<td class="muted ${other}">not set</td>`;
    const words = told.length > LONGEST ? `${told.slice(0, LONGEST - 1)}…` : told;
    return html`<td class="mono ${other}" title=${told}>${place ? this.linked(words, place) : words}</td>`;
  }

  private linked(words: string, place: Place): TemplateResult {
    return html`<button class="link mono" title="${place.path}:${place.line}" @click=${() => {
      this.tell("place", place);
    }}>${words}</button>`;
  }

  private metrics({ metrics }: Comparison): TemplateResult | typeof nothing {
    const names = Object.keys(metrics).sort((one, other) => Number(other.startsWith("dev/")) - Number(one.startsWith("dev/")));
    if (!names.length) return nothing;
    return html`<table class="numbers">
      <caption>Last values</caption>
      ${this.head("metric")}
      <tbody>
        ${names.map((name) => {
          const values = (metrics[name] ?? []).map(maybeNumber);
          const base = values[0] ?? null;
          return html`<tr>
            <th scope="row">${name}</th>
            ${values.map((told, index) =>
              told === null
                ? html`<td class="muted">–</td>`
                : html`<td>
                    ${value(told)}
                    ${index && base !== null && Number.isFinite(told - base)
                      ? html`<span class="muted">${delta(told - base)}</span>`
                      : nothing}
                  </td>`,
            )}
          </tr>`;
        })}
      </tbody>
    </table>`;
  }

  private code({ code }: Comparison): TemplateResult {
    if (!code.length) return html`<p class="muted">The code is the same in all of them.</p>`;
    const first = this.runs[0];
    const commits = new Map<string, Compared>();
    for (const run of this.runs.slice(1)) if (run.commit !== first?.commit && !commits.has(run.commit)) commits.set(run.commit, run);
    return html`<p><strong>${count(code.length, "file")} differ${code.length === 1 ? "s" : ""}:</strong> <span class="mono">${code.join(", ")}</span></p>
      <ul>
        ${[...commits.values()].map(
          ({ commit, title }) => html`<li>
            <button class="link" @click=${() => {
              this.tell("code", [first?.commit, commit]);
            }}>Code of ${title} beside ${first?.title}</button>
          </li>`,
        )}
      </ul>`;
  }
}

define("intern-comparison", InternComparison);
