import { css, html, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { repeat } from "lit/directives/repeat.js";
import { controls } from "../controls.js";
import { Feed } from "../curves/feed.js";
import { runTitle } from "../curves/view.js";
import type { Host } from "../host.js";
import { markdown } from "../markdown.js";
import { asNumber, count, value } from "../numbers.js";
import { define, Panel } from "../panel.js";
import type { Diagnosis, Finding, Run, Severity } from "../protocol.js";
import { tokens } from "../tokens.js";
import "./answering.js";
import { evidenceMetric, evidencePlot } from "./evidence.js";

const NAME = "diagnosis";
const WORST: Severity[] = ["critical", "warning", "info"];

/** What is wrong with one run, worst first: numbers, a plot, the line of code, what to try. */
export class InternDiagnosis extends Panel {
  static override styles = [tokens, controls, css`
    :host {
      container-type: inline-size;
    }
    .head {
      display: flex;
      flex-wrap: wrap;
      gap: 6px 12px;
      align-items: center;
      padding: 10px 16px;
      border-bottom: 1px solid var(--intern-border);
    }
    .head h2 {
      flex: 1;
    }
    .head select {
      max-width: 100%;
    }
    article {
      margin: 12px 16px;
      padding: 12px 14px;
      border: 1px solid var(--intern-border);
      border-radius: 4px;
      display: grid;
      grid-template-columns: minmax(0, 1fr) 200px;
      gap: 12px 20px;
    }
    article > div {
      display: grid;
      gap: 6px;
      align-content: start;
      overflow-wrap: anywhere;
    }
    h3 {
      display: flex;
      gap: 8px;
      align-items: baseline;
    }
    .level {
      flex: none;
      border: 1px solid currentColor;
      border-radius: 8px;
      padding: 0 7px;
      font-size: 0.85em;
      font-weight: normal;
    }
    dl {
      display: flex;
      flex-wrap: wrap;
      gap: 2px 16px;
      margin: 0;
    }
    dl div {
      display: flex;
      gap: 6px;
    }
    dd {
      margin: 0;
    }
    ul {
      margin: 0;
      padding-left: 1.3em;
    }
    figure {
      margin: 0;
    }
    svg {
      display: block;
      width: 200px;
      height: 72px;
      border: 1px solid var(--intern-border);
    }
    .curve {
      fill: none;
      stroke: var(--intern-series-1);
      stroke-width: 1.5;
    }
    .evidence {
      fill: var(--intern-warning);
      opacity: 0.25;
    }
    figcaption {
      font-size: 0.92em;
    }
    summary {
      cursor: pointer;
    }
    .dismissed > summary {
      padding: 4px 16px;
    }
    .page {
      padding-top: 16px;
    }
    @container (max-width: 560px) {
      article {
        grid-template-columns: minmax(0, 1fr);
      }
    }
  `];

  private feed: Feed | null = null;
  private chosen: string | null = null;
  private checks = new Map<string, Diagnosis | "asked">();

  protected override opened(host: Host): void {
    const saved = host.restoreState(NAME);
    if (typeof saved === "string") this.chosen = saved;
    this.checks.clear();
    this.feed = new Feed(host, () => {
      this.requestUpdate();
    });
  }

  /** Another part of the editor asks for this run. */
  show(run: string): void {
    this.chosen = run;
    this.host?.saveState(NAME, run);
    this.changed();
  }

  protected override changed(): void {
    const run = this.run();
    if (run) {
      this.feed?.want([run], { axis: "step", smoothing: 0 });
      if (!this.folded.findings.get(run.id)?.findings.length) this.ask(run);
    }
    this.requestUpdate();
  }

  /** A healthy run has no event that tells what was checked: ask, once it has ended. */
  private ask(run: Run): void {
    if (run.ended === null || this.checks.has(run.id)) return;
    this.checks.set(run.id, "asked");
    void this.wish(async (host) => {
      this.checks.set(run.id, await host.request("intern/run/diagnose", { run: run.id }));
    });
  }

  /** The chosen run, or the newest that has something to tell. */
  private run(): Run | undefined {
    const chosen = this.chosen === null ? undefined : this.folded.runs.get(this.chosen);
    const runs = [...this.folded.runs.values()].filter(({ state }) => state !== "queued");
    return chosen ?? runs.findLast(({ id }) => this.folded.findings.get(id)?.findings.length) ?? runs.at(-1);
  }

  protected override content(): TemplateResult {
    const run = this.run();
    if (!run) {
      return html`<div class="page">
        <h2>Nothing to diagnose yet</h2>
        <p>Every run is watched while it trains. What looks wrong is listed here with its numbers, the line of code and what to try.</p>
      </div>`;
    }
    const checked = this.checks.get(run.id);
    const answer = checked === "asked" ? undefined : checked;
    const findings = this.folded.findings.get(run.id)?.findings ?? answer?.findings ?? [];
    const all = findings
      .filter(({ becauseOf }) => becauseOf === null)
      .sort(
        (one, other) =>
          WORST.indexOf(one.severity) - WORST.indexOf(other.severity) ||
          asNumber(other.confidence) - asNumber(one.confidence),
      );
    const roots = all.filter(({ suppressed }) => (suppressed ?? null) === null);
    const dismissed = all.filter(({ suppressed }) => (suppressed ?? null) !== null);
    const shown = (finding: Finding): TemplateResult =>
      this.finding(run, finding, findings.filter(({ becauseOf }) => becauseOf === finding.rule));
    return html`
      <header class="head">
        <h2>${roots.length ? count(roots.length, "finding") : "Diagnosis"}</h2>
        <label
          >Run
          <select
            @change=${(event: Event) => {
              this.show((event.target as HTMLSelectElement).value);
            }}
          >
            ${[...this.folded.runs.values()].map(({ id }) => {
              const told = this.folded.runs.get(id) ?? run;
              return html`<option value=${id} ?selected=${id === run.id}>${id}, ${runTitle(this.folded, told)}</option>`;
            })}
          </select></label
        >
        <button @click=${() => this.host?.openCurves([run.id])}>Show on curves</button>
      </header>
      ${run.message === null ? nothing : html`<div class="banner"><p><strong class="critical">${run.state}.</strong> ${run.message}</p></div>`}
      ${roots.length
        ? keyed(run.id, repeat(roots, ({ rule }) => rule, shown))
        : dismissed.length
          ? nothing
          : this.healthy(run, answer)}
      ${dismissed.length
        ? html`<details class="dismissed">
            <summary>${count(dismissed.length, "finding")} that you called no problem</summary>
            ${keyed(run.id, repeat(dismissed, ({ rule }) => rule, shown))}
          </details>`
        : nothing}
    `;
  }

  private healthy(run: Run, answer: Diagnosis | undefined): TemplateResult {
    if (run.ended === null)
      return html`<p class="page muted" role="status">Nothing looks wrong so far; the run goes on.</p>`;
    if (!answer) return html`<p class="page muted" role="status">Nothing was found while it ran.</p>`;
    if (!answer.checked.length)
      return html`<div class="page" role="status">
        <h2>Not checked</h2>
        <p>The run logged none of the metrics that the rules read.</p>
      </div>`;
    return html`<div class="page" role="status">
      <h2 class="good">Healthy</h2>
      <p>${count(answer.checked.length, "rule")} looked at ${count(answer.rows, "row")} and found nothing.</p>
      <p class="muted mono">${answer.checked.join(" ")}</p>
    </div>`;
  }

  private finding(run: Run, finding: Finding, folded: readonly Finding[]): TemplateResult {
    const { place, severity } = finding;
    const series = this.feed?.series(run.id);
    const metric = series ? evidenceMetric(finding, series) : null;
    const points = metric === null ? undefined : series?.get(metric);
    const [from, to] = finding.steps;
    return html`<article aria-label=${finding.title}>
      <div>
        <h3><span class="level ${severity}">${severity}</span><span>${finding.title}</span></h3>
        <dl class="numbers">
          <div><dt class="muted">steps</dt><dd>${from === to ? from : `${from} to ${to}`}</dd></div>
          ${Object.entries(finding.evidence).map(
            ([name, told]) => html`<div><dt class="muted">${name}</dt><dd>${value(asNumber(told))}</dd></div>`,
          )}
          <div><dt class="muted">confidence</dt><dd>${Math.round(100 * asNumber(finding.confidence))} %</dd></div>
        </dl>
        ${place
          ? html`<p><button class="link mono" @click=${() => this.host?.openFile(place)}>${place.path}:${place.line}</button></p>`
          : nothing}
        <intern-answering
          .host=${this.host}
          .folded=${this.folded}
          .run=${run.id}
          .finding=${finding}
          .offline=${this.connection.state !== "online"}
        ></intern-answering>
        ${folded.length
          ? html`<p class="muted">Follows from it: ${folded.map(({ title }) => title).join("; ")}.</p>`
          : nothing}
        <details>
          <summary>Why do you think so</summary>
          <div>${markdown(finding.explanation)}</div>
          <p class="muted">Rule ${finding.rule}, ${finding.label.replaceAll("_", " ")}.</p>
        </details>
      </div>
      ${points && metric !== null ? evidencePlot(finding, metric, points) : nothing}
    </article>`;
  }
}

define("intern-diagnosis", InternDiagnosis);
