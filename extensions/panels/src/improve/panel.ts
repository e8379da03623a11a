import { css, html, nothing, type TemplateResult } from "lit";
import { approvalCards } from "../chat/approval.js";
import { controls } from "../controls.js";
import { experimentName } from "../curves/view.js";
import { asNumber, clock, count, delta, maybeNumber, score, timeOfDay } from "../numbers.js";
import { define, Panel } from "../panel.js";
import type { Experiment, Finding, Session } from "../protocol.js";
import { tokens } from "../tokens.js";
import { experimentNode } from "./node.js";
import { Stopping } from "./stopping.js";
import { tree } from "./tree.js";

/** Notes shown, the newest first. */
const NOTES = 6;

const STATES: Record<Session["state"], string> = {
  running: "",
  finished: "Finished",
  stopped: "Stopped",
  failed: "Failed",
  interrupted: "Interrupted",
};

/** The newest session, live: score, budget, experiment tree, what happens now and why. */
export class InternImprove extends Panel {
  static override styles = [tokens, controls, css`
    :host {
      container-type: inline-size;
    }
    .head {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 4px 20px;
      padding: 10px 16px;
      border-bottom: 1px solid var(--intern-border);
    }
    .head h2 {
      flex: 1;
      min-width: 12em;
      overflow-wrap: anywhere;
    }
    .score {
      display: flex;
      flex-wrap: wrap;
      align-items: baseline;
      justify-content: space-between;
      gap: 4px 20px;
      padding: 12px 16px;
    }
    .score strong {
      font-size: 1.25em;
    }
    section {
      padding: 4px 16px 12px;
    }
    ul {
      list-style: none;
      margin: 0;
      padding: 0;
    }
    .tree ul ul {
      margin-left: 10px;
      padding-left: 12px;
      border-left: 1px solid var(--intern-border);
    }
    summary {
      cursor: pointer;
      list-style: none;
      border-radius: 3px;
    }
    summary:hover {
      background: var(--intern-hover);
    }
    .row {
      display: flex;
      align-items: baseline;
      gap: 8px;
      padding: 3px 6px;
    }
    .glyph {
      flex: none;
      width: 1em;
      text-align: center;
    }
    .name {
      flex: none;
      min-width: 4em;
    }
    .title {
      flex: 1;
      min-width: 0;
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .badge {
      border: 1px solid var(--intern-good);
      color: var(--intern-good);
      border-radius: 8px;
      padding: 0 6px;
      font-size: 0.85em;
    }
    .effect {
      flex: none;
      min-width: 4.5em;
      text-align: right;
    }
    .verdict {
      flex: none;
      width: 6.5em;
    }
    .runs {
      flex: none;
      width: 4em;
      text-align: right;
    }
    .commit {
      flex: none;
      width: 4.8em;
    }
    .going {
      flex: none;
      display: flex;
      align-items: baseline;
      gap: 8px;
    }
    progress {
      width: 90px;
      height: 8px;
      accent-color: var(--intern-focus);
    }
    .more {
      display: grid;
      gap: 3px;
      padding: 4px 8px 10px 30px;
      overflow-wrap: anywhere;
    }
    .actions {
      display: flex;
      flex-wrap: wrap;
      gap: 8px;
      padding-top: 4px;
    }
    .notes li {
      display: flex;
      gap: 10px;
      padding: 1px 0;
    }
    .notes span:first-child {
      flex: none;
    }
    .now {
      border-top: 1px solid var(--intern-border);
      padding-top: 10px;
      display: grid;
      gap: 4px;
    }
    .stop {
      flex-wrap: wrap;
    }
    .stop p {
      min-width: 16em;
    }
    @container (max-width: 560px) {
      .runs,
      .commit,
      .name {
        display: none;
      }
      .title {
        white-space: normal;
        overflow-wrap: anywhere;
      }
      .row .going {
        flex-wrap: wrap;
        max-width: 10em;
      }
    }
  `];

  private readonly stopping = new Stopping(
    () => {
      this.requestUpdate();
    },
    (deed) => this.wish(deed),
  );

  protected override content(): TemplateResult {
    const session = this.folded.newestSession();
    if (!session) {
      return html`<div class="page">
        <h2>No session yet</h2>
        <p>
          Intern measures a baseline over three seeds, tries one change at a time on a branch of its own,
          and keeps what clears the noise. Your branch and your files stay as they are.
        </p>
        <button
          class="primary"
          ?disabled=${this.connection.state !== "online"}
          @click=${() => this.wish((host) => host.request("intern/improve", {}))}
        >
          Improve this training run
        </button>
        <p class="muted">It costs the time and the runs that intern.toml allows, nothing else.</p>
      </div>`;
    }
    const experiments = this.folded.sessionExperiments(session.id);
    return html`
      ${approvalCards(this.host, this.folded)} ${this.head(session)}
      ${this.stopping.question(session, this.folded)} ${this.scoreLine(session, experiments)}
      <section class="tree" aria-label="Experiments">
        ${experiments.length && this.host
          ? html`<ul>
              ${tree(experiments).map((node) => (this.host ? experimentNode(this.folded, this.host, node) : nothing))}
            </ul>`
          : html`<p class="muted">The baseline starts now.</p>`}
      </section>
      <section>${this.now(session, experiments)}</section>
      ${this.notes(session)}
    `;
  }

  private head(session: Session): TemplateResult {
    const { spent, budget } = session;
    const usd = asNumber(spent.usd);
    return html`<header class="head">
      <h2>Improve: ${session.slug}</h2>
      <span class="numbers" title="Time used of the budget"
        >${clock(asNumber(spent.seconds))} of ${clock(60 * asNumber(budget.minutes))}</span
      >
      <span class="numbers" title="Runs used of the budget">${spent.runs} of ${count(budget.runs, "run")}</span>
      <span class="numbers" title="Money used of the budget">$${usd.toFixed(2)}</span>
      ${session.state === "running"
        ? this.stopping.button("Stop")
        : html`<span class=${session.state === "failed" ? "critical" : "muted"}>${STATES[session.state]}</span>
            ${session.report === null
              ? nothing
              : html`<button class="primary" @click=${() => this.host?.openPanel("report")}>Report</button>`}
            <button @click=${() => this.host?.openPanel("review")}>Review changes</button>`}
    </header>`;
  }

  private scoreLine(session: Session, experiments: readonly Experiment[]): TemplateResult {
    const noise = maybeNumber(session.noiseFloor);
    const first = maybeNumber(experiments.find(({ number }) => number === 0)?.score);
    const best = maybeNumber(experiments.find(({ id }) => id === session.incumbent)?.score);
    const test = session.testOpened ? "sealed test: looked at once, in the report" : "sealed test: not looked at yet";
    const told = (size: number): string => score(size, noise);
    return html`<div class="score" role="status">
      <span class="numbers"
        >dev ${session.metric}
        ${first === null
          ? html`<span class="muted">is being measured</span>`
          : html`<strong
                >${told(first)}${best !== null && best !== first ? html` → ${told(best)}` : nothing}</strong
              >
              <span class="muted"
                >(${best !== null && best !== first ? `${delta(best - first, told)}, ` : ""}${noise === null
                  ? "noise unknown"
                  : `noise ${told(noise)}`})</span
              >`}</span
      >
      <span class="muted">${test}</span>
    </div>`;
  }

  private now(session: Session, experiments: readonly Experiment[]): TemplateResult | typeof nothing {
    if (session.state !== "running") {
      return session.reason === null ? nothing : html`<p class="now">${STATES[session.state]}: ${session.reason}</p>`;
    }
    const current = experiments.filter(({ state }) => state === "running");
    if (!current.length) return html`<p class="now muted">Choosing what to try next.</p>`;
    return html`<div class="now">
      ${current.map((experiment) => {
        const finding = this.findingBehind(experiment);
        return html`<p>
          <strong>Now: ${experimentName(experiment.number)}</strong>
          ${experiment.number === 0
            ? "measures what your code scores, and how much that varies by chance."
            : finding
              ? html`because <span class=${finding.severity}>${finding.rule}</span> ${finding.title}`
              : experiment.hypothesis}
          <button class="link" @click=${() => this.host?.openPanel("diagnosis")}>why</button>
        </p>`;
      })}
    </div>`;
  }

  private findingBehind(experiment: Experiment): Finding | undefined {
    if (experiment.finding === null || experiment.parent === null) return undefined;
    const runs = this.folded.experiments.get(experiment.parent)?.runs ?? [];
    return runs
      .flatMap((run) => this.folded.findings.get(run)?.findings ?? [])
      .find(({ rule }) => rule === experiment.finding);
  }

  private notes(session: Session): TemplateResult | typeof nothing {
    const notes = this.folded.notes.filter(({ note }) => note.session === session.id).slice(-NOTES).reverse();
    if (!notes.length) return nothing;
    return html`<section aria-label="Notes">
      <h3>Notes</h3>
      <ul class="notes">
        ${notes.map(
          ({ time, note }) => html`<li>
            <span class="muted numbers">${timeOfDay(time)}</span>
            <span class=${note.level === "info" ? "" : note.level === "error" ? "critical" : "warning"}>${note.text}</span>
          </li>`,
        )}
      </ul>
    </section>`;
  }
}

define("intern-improve", InternImprove);
