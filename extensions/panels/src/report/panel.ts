import { css, html, nothing, type TemplateResult } from "lit";
import { controls } from "../controls.js";
import { asNumber, clock, count, delta, maybeNumber, score } from "../numbers.js";
import { define, Panel, sentence } from "../panel.js";
import type { Report, ReportedExperiment, Score, Session } from "../protocol.js";
import { tokens } from "../tokens.js";

/** What a session came to: before and after, every experiment, cost, integrity, how to reproduce it. */
export class InternReport extends Panel {
  static override styles = [tokens, controls, css`
    .whole {
      max-width: 72em;
      padding: 16px;
      display: grid;
      gap: 18px;
    }
    h2 {
      font-size: 1.2em;
    }
    section {
      display: grid;
      gap: 6px;
      min-width: 0;
    }
    .scroll {
      overflow-x: auto;
    }
    table {
      border-collapse: collapse;
    }
    th,
    td {
      text-align: left;
      vertical-align: top;
      font-weight: normal;
      padding: 4px 20px 4px 0;
      border-bottom: 1px solid var(--intern-border);
    }
    th[scope="col"] {
      color: var(--intern-muted);
    }
    td.number {
      text-align: right;
      white-space: nowrap;
    }
    .title {
      min-width: 14em;
      overflow-wrap: anywhere;
    }
    pre {
      margin: 0;
      padding: 8px 10px;
      background: var(--intern-raised);
      border: 1px solid var(--intern-border);
      overflow-x: auto;
    }
    .line {
      display: flex;
      justify-content: space-between;
      align-items: center;
    }
    .gain {
      font-size: 1.3em;
    }
  `];

  private report: Report | null = null;
  private asked: string | null = null;
  private refusal: string | null = null;

  protected override changed(): void {
    const session = this.folded.newestSession();
    const wanted = session ? `${session.id} ${session.report ?? ""}` : null;
    if (session?.report && wanted !== this.asked) {
      this.asked = wanted;
      void this.read(session);
    }
    this.requestUpdate();
  }

  private async read(session: Session): Promise<void> {
    this.refusal = null;
    try {
      this.report = (await this.host?.request("intern/session/report", { session: session.id })) ?? null;
    } catch (thrown) {
      this.refusal = sentence(thrown);
    }
    this.requestUpdate();
  }

  protected override content(): TemplateResult {
    const session = this.folded.newestSession();
    if (this.refusal !== null && session) {
      return html`<div class="page" role="alert">
        <h2>The report could not be read</h2>
        <p>${this.refusal}</p>
        <button class="primary" @click=${() => this.read(session)}>Try again</button>
      </div>`;
    }
    if (!session?.report) {
      return html`<div class="page">
        <h2>No report yet</h2>
        <p>
          ${session?.state === "running"
            ? "The session goes on. The sealed test is opened once, when it ends."
            : "A report is written when a session ends."}
        </p>
        ${session
          ? html`<button @click=${() => this.host?.openPanel("improve")}>Show the session</button>`
          : nothing}
      </div>`;
    }
    return this.report
      ? this.whole(this.report)
      : html`<div class="page" role="status"><p class="muted">Reading the report…</p></div>`;
  }

  private whole(report: Report): TemplateResult {
    const { cost, integrity } = report;
    const gain = maybeNumber(report.testGain);
    const noise = asNumber(report.noiseFloor);
    const kept = report.experiments.filter(({ verdict }) => verdict === "keep").length;
    const commands = report.reproduce.join("\n");
    return html`<div class="whole">
      <section>
        <h2>${report.session}: ${report.metric}</h2>
        <p class="gain numbers">
          ${gain === null
            ? "The sealed test was not measured."
            : html`<strong class=${gain > 0 ? "good" : ""}>${delta(gain, (size) => score(size))}</strong> on the
                sealed test${this.interval(report.testGainLow, report.testGainHigh)}`}
        </p>
        <p class="muted numbers">
          ${kept} of ${count(report.experiments.length - 1, "experiment")} kept, noise floor ${score(noise, 0.001)},
          ${report.direction === "max" ? "higher" : "lower"} is better. ${report.stoppedBecause}
        </p>
      </section>
      <section class="scroll" tabindex="0" role="region" aria-label="Scores before and after">
        <table class="numbers">
          <thead>
            <tr><th scope="col">${report.metric}</th><th scope="col">dev</th><th scope="col">sealed test</th></tr>
          </thead>
          <tbody>
            <tr><th scope="row">Before</th><td>${this.score(report.baseline.dev)}</td><td>${this.score(report.baseline.test)}</td></tr>
            <tr><th scope="row">After</th><td>${this.score(report.final.dev)}</td><td>${this.score(report.final.test)}</td></tr>
          </tbody>
        </table>
      </section>
      <section class="scroll" tabindex="0" role="region" aria-label="Experiments">
        <h3>Experiments</h3>
        <table>
          <thead>
            <tr>
              <th scope="col">experiment</th><th scope="col">verdict</th><th scope="col">effect</th>
              <th scope="col">noise</th><th scope="col">runs</th><th scope="col">why</th><th scope="col">commit</th>
            </tr>
          </thead>
          <tbody>${report.experiments.map((experiment) => this.row(experiment))}</tbody>
        </table>
      </section>
      <section>
        <h3>Cost</h3>
        <p class="numbers">
          ${clock(asNumber(cost.seconds))} of your time, ${clock(asNumber(cost.cpuSeconds))} of processor time,
          ${count(cost.runs, "run")}, ${count(cost.tokens, "token")}, $${asNumber(cost.usd).toFixed(2)}.
        </p>
      </section>
      <section>
        <h3>Integrity</h3>
        <p>
          ${integrity.intact
            ? html`<span class="good">Intact.</span> ${count(Object.keys(integrity.locked).length, "locked file")} unchanged,`
            : html`<span class="critical">Not intact.</span> A locked file changed,`}
          sealed test opened ${integrity.testLooks === 1 ? "once" : `${integrity.testLooks} times`}.
        </p>
        ${integrity.notes.map((note) => html`<p class="warning">${note}</p>`)}
      </section>
      <section>
        <div class="line">
          <h3>Reproduce</h3>
          <button @click=${() => this.host?.copyText(commands)}>Copy</button>
        </div>
        <pre tabindex="0" aria-label="Commands to reproduce">${commands}</pre>
      </section>
    </div>`;
  }

  private interval(low: Report["testGainLow"], high: Report["testGainHigh"]): string {
    const [from, to] = [maybeNumber(low), maybeNumber(high)];
    if (from === null || to === null) return "";
    return `, 95 % interval ${delta(from, (size) => score(size))} to ${delta(to, (size) => score(size))}`;
  }

  private score(told: Score | null): TemplateResult {
    if (!told) return html`<span class="muted">not measured</span>`;
    const [low, high] = [maybeNumber(told.low), maybeNumber(told.high)];
    return html`<button class="link" title="Curves of ${told.runs.join(", ")}" @click=${() => this.host?.openCurves(told.runs)}
        >${score(asNumber(told.mean), 0.001)}</button
      > <span class="muted">${low === null || high === null ? "" : `${score(low, 0.001)} to ${score(high, 0.001)}, `}${count(told.runs.length, "run")}</span>`;
  }

  private row(experiment: ReportedExperiment): TemplateResult {
    const { commit, verdict } = experiment;
    const effect = maybeNumber(experiment.effect);
    const noise = maybeNumber(experiment.noiseFloor);
    const number = experiment.id.split("/").at(-1) ?? "";
    const tone = verdict === "keep" ? "good" : verdict === "inconclusive" ? "warning" : "muted";
    return html`<tr>
      <td class="title" title=${experiment.hypothesis}>${number === "0" ? "" : `${number}. `}${experiment.title}</td>
      <td class=${tone}>${verdict ?? (number === "0" ? "" : "not finished")}</td>
      <td class="number numbers">${effect === null ? "" : delta(effect, (size) => score(size, 0.001))}</td>
      <td class="number numbers">${noise === null ? "" : score(noise, 0.001)}</td>
      <td class="number numbers">${experiment.runs.length}</td>
      <td>${experiment.reason}</td>
      <td>
        ${commit && number !== "0"
          ? html`<button class="link mono" aria-label="Diff of ${commit.slice(0, 7)}" @click=${() => this.host?.openDiff(commit)}>${commit.slice(0, 7)}</button>`
          : nothing}
      </td>
    </tr>`;
  }
}

define("intern-report", InternReport);
