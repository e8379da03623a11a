import { html, nothing, type TemplateResult } from "lit";
import { experimentName, rungName } from "../curves/view.js";
import { type Folded, goesOn } from "../folded.js";
import type { Host } from "../host.js";
import { asNumber, clock, count, delta, maybeNumber, score } from "../numbers.js";
import type { Experiment, Run, VerdictName } from "../protocol.js";
import type { Node } from "./tree.js";

const GLYPHS: Record<VerdictName | "running" | "proposed", string> = {
  keep: "✓",
  discard: "✕",
  inconclusive: "?",
  running: "▸",
  proposed: "·",
};

const TONES: Record<VerdictName, string> = { keep: "good", discard: "muted", inconclusive: "warning" };

/** One experiment as a line that unfolds, its children below it. */
export function experimentNode(folded: Folded, host: Host, { experiment, children }: Node): TemplateResult {
  const runs = experiment.runs.flatMap((id) => folded.runs.get(id) ?? []);
  return html`<li>
    <details>
      <summary>${headline(folded, experiment, runs)}</summary>
      ${unfolded(folded, host, experiment, runs)}
    </details>
    ${children.length
      ? html`<ul>
          ${children.map((child) => experimentNode(folded, host, child))}
        </ul>`
      : nothing}
  </li>`;
}

function headline(folded: Folded, experiment: Experiment, runs: readonly Run[]): TemplateResult {
  const { verdict, number } = experiment;
  const stand = verdict?.name ?? (experiment.state === "proposed" ? "proposed" : "running");
  const done = number === 0 && experiment.state === "judged";
  const effect = maybeNumber(verdict?.effect);
  const incumbent = folded.sessions.get(experiment.session)?.incumbent === experiment.id;
  return html`<span class="row">
    <span class="glyph ${verdict ? TONES[verdict.name] : "info"}" aria-hidden="true">${done ? "○" : GLYPHS[stand]}</span>
    <span class="name">${experimentName(number)}</span>
    <span class="title" title=${experiment.title}
      >${number === 0 ? "as you wrote it" : experiment.title}${incumbent
        ? html` <span class="badge">best</span>`
        : nothing}</span
    >
    ${experiment.state === "running"
      ? progress(experiment, runs)
      : html`<span class="effect numbers"
            >${number === 0
              ? baselineScore(folded, experiment)
              : effect === null
                ? "–"
                : delta(effect, (size) => score(size, 0.001))}</span
          >
          <span class="verdict ${verdict ? TONES[verdict.name] : ""}">${verdict?.name ?? ""}</span>`}
    <span class="runs muted numbers">${count(experiment.runs.length, "run")}</span>
    <span class="commit mono muted">${number > 0 ? (experiment.commit?.slice(0, 7) ?? "") : ""}</span>
  </span>`;
}

function baselineScore(folded: Folded, experiment: Experiment): string {
  const mean = maybeNumber(experiment.score);
  const noise = maybeNumber(folded.sessions.get(experiment.session)?.noiseFloor);
  if (mean === null) return "–";
  return `${score(mean, noise)}${noise === null ? "" : ` ± ${score(noise, noise)}`}`;
}

/** Where its foremost run is, with the time that it still needs. */
function progress(experiment: Experiment, runs: readonly Run[]): TemplateResult {
  const running = runs.filter(goesOn);
  const foremost = running.toSorted((one, other) => other.progress.step - one.progress.step)[0];
  const { step, totalSteps, etaSeconds } = foremost?.progress ?? {};
  const rung = maybeNumber(experiment.rung);
  const eta = maybeNumber(etaSeconds);
  const name = rung === null || rung === 1 ? "full run" : rungName(rung);
  return html`<span class="going numbers">
    <span>${name}</span>
    ${totalSteps
      ? html`<progress aria-label="Progress of exp ${experiment.number}" max=${totalSteps} value=${step ?? 0}></progress>`
      : nothing}
    <span class="muted">${eta === null ? (running.length ? "starting" : "evaluating") : `${clock(eta)} left`}</span>
  </span>`;
}

function unfolded(folded: Folded, host: Host, experiment: Experiment, runs: readonly Run[]): TemplateResult {
  const { verdict, commit } = experiment;
  const findings = runs.flatMap((run) => folded.findings.get(run.id)?.findings ?? []);
  const rules = new Map(findings.filter(({ becauseOf }) => becauseOf === null).map((finding) => [finding.rule, finding]));
  const low = maybeNumber(verdict?.low);
  const high = maybeNumber(verdict?.high);
  const reproduce = runs[0] && commit ? reproduceCommand(commit, runs[0]) : null;
  return html`<div class="more">
    <p>${experiment.hypothesis}</p>
    <p class="muted">Source: ${experiment.source}</p>
    ${experiment.changes.map(
      ({ what, place }) =>
        html`<p>
          <button class="link mono" @click=${() => {
            host.openFile(place);
          }}>${place.path}:${place.line}</button> ${what}
        </p>`,
    )}
    ${verdict
      ? html`<p>
          <span class=${TONES[verdict.name]}>${verdict.name}</span>: ${verdict.reason}${low !== null && high !== null
            ? html` <span class="muted numbers">95 % interval ${delta(low, (size) => score(size, 0.001))} to ${delta(high, (size) => score(size, 0.001))}</span>`
            : nothing}
        </p>`
      : nothing}
    ${[...rules.values()].map(
      (finding) => html`<p><span class=${finding.severity}>${finding.rule}</span> ${finding.title}</p>`,
    )}
    <div>
      ${runs.map(
        (run) => html`<p class="numbers">
          <span class="mono">${run.id}</span> seed ${run.seed}${asNumber(run.rung) < 1 ? `, ${rungName(asNumber(run.rung))}` : ""}:
          <span class=${run.state === "failed" || run.state === "lost" ? "critical" : ""}>${run.state}</span>${run.message
            ? html` <span class="muted">${run.message}</span>`
            : nothing}
        </p>`,
      )}
    </div>
    <p class="actions">
      ${commit && experiment.number > 0
        ? html`<button @click=${() => {
            host.openDiff(commit);
          }}>Diff</button>`
        : nothing}
      ${runs.length
        ? html`<button @click=${() => {
            host.openCurves(experiment.runs);
          }}>Curves</button>`
        : nothing}
      ${reproduce
        ? html`<button title=${reproduce} @click=${() => {
            host.copyText(reproduce);
          }}>Copy command to reproduce</button>`
        : nothing}
    </p>
  </div>`;
}

/** Trains and scores this commit again, as the report says it. */
export function reproduceCommand(commit: string, run: Run): string {
  return `intern run --commit ${commit} --seed ${run.seed} --evaluate`;
}
