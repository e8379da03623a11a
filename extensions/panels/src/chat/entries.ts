import { html, nothing, type TemplateResult } from "lit";
import { experimentName, runTitle } from "../curves/view.js";
import type { Folded } from "../folded.js";
import type { Host } from "../host.js";
import { open } from "../following.js";
import type { Target } from "../links.js";
import { asNumber, clock, count, delta, maybeNumber, score, timeOfDay, value } from "../numbers.js";
import type { Approval, Entry, Event, Experiment, Message, Run, Session, Thread } from "../protocol.js";

const TONES = { keep: "good", discard: "muted", inconclusive: "warning" } as const;
const GLYPHS = { keep: "✓", discard: "✕", inconclusive: "?" } as const;
const ANSWERS: Record<Approval["state"], string> = {
  waiting: "Waits for your answer",
  granted: "Allowed",
  denied: "Denied",
  withdrawn: "Withdrawn",
};
const REACHES = { once: "once", session: "for this session", always: "always" } as const;
const SESSIONS: Record<Session["state"], string> = {
  running: "The session began",
  finished: "The session finished",
  stopped: "The session stopped",
  failed: "The session failed",
  interrupted: "The session was interrupted",
};

const ENDS: Record<Message["state"], string | null> = {
  streaming: null,
  done: "Intern has answered.",
  stopped: "The answer was stopped.",
  failed: "The answer failed.",
};

/** Where an entry stands: what its links lead to and its names come from. */
export interface Around {
  readonly host: Host;
  readonly folded: Folded;
}

/** A happening that is neither said nor done by anybody, as one line with its links. */
export function line(around: Around, { event }: Entry): TemplateResult | typeof nothing {
  const { body } = event;
  switch (body.kind) {
    case "experiment":
      return verdictLine(around, body.experiment);
    case "run":
      return runLine(around, body.run);
    case "session":
      return sessionLine(body.session);
    case "thread":
      return threadLine(around, body.thread);
    case "approval":
      return approvalLine(body.approval);
    case "note":
      return html`<p class="line">
        <span class="glyph muted" aria-hidden="true">·</span>
        <span class="${body.level === "info" ? "muted" : body.level === "error" ? "critical" : "warning"}">${body.text}</span>
      </p>`;
    case "landed":
      return html`<p class="line">
        <span class="glyph good" aria-hidden="true">↓</span>
        <span
          >${body.undone ? "The landing was undone" : `${count(body.hunks.length, "hunk")} landed`} on ${body.branch}
          ${link(around, { kind: "commit", commit: body.after }, html`<code>${body.after.slice(0, 7)}</code>`)}</span
        >
        ${when(event.time)}
      </p>`;
    default:
      return nothing;
  }
}

/** What the live region says of a happening; null: it is not worth an interruption. */
export function announcement({ body }: Event): string | null {
  switch (body.kind) {
    case "approval":
      return body.approval.state === "waiting" ? `Waits for your answer: ${body.approval.title}` : null;
    case "experiment": {
      const { verdict, number, title } = body.experiment;
      return body.experiment.state === "judged" && verdict ? `${experimentName(number)}, ${title}: ${verdict.name}.` : null;
    }
    case "run":
      return body.run.ended === null ? null : `Run ${body.run.id} ${body.run.state}.`;
    case "session": {
      const { state, reason } = body.session;
      return state === "running" ? null : `${SESSIONS[state]}. ${reason ?? ""}`.trim();
    }
    case "message":
      return body.message.author === "agent" ? ENDS[body.message.state] : null;
    default:
      return null;
  }
}

export function when(time: Entry["event"]["time"]): TemplateResult {
  return html`<span class="when muted numbers">${timeOfDay(asNumber(time))}</span>`;
}

function link({ host, folded }: Around, to: Target, words: TemplateResult | string): TemplateResult {
  return html`<button
    class="link"
    @click=${() => {
      open(host, folded, to);
    }}
  >
    ${words}
  </button>`;
}

function verdictLine(around: Around, experiment: Experiment): TemplateResult | typeof nothing {
  const { verdict, number, title } = experiment;
  const noise = maybeNumber(around.folded.sessions.get(experiment.session)?.noiseFloor);
  const name = link(around, { kind: "experiment", experiment: experiment.id }, experimentName(number));
  if (number === 0) {
    const mean = maybeNumber(experiment.score);
    return html`<p class="line">
      <span class="glyph muted" aria-hidden="true">○</span>
      <span>${name} ${mean === null ? "was not measured" : html`<strong class="numbers">${score(mean, noise)}</strong>`}</span>
    </p>`;
  }
  if (!verdict) return nothing;
  const effect = maybeNumber(verdict.effect);
  const tone = TONES[verdict.name];
  return html`<p class="line" title=${verdict.reason}>
    <span class="glyph ${tone}" aria-hidden="true">${GLYPHS[verdict.name]}</span>
    <span
      >${name} <span class=${tone}>${verdict.name}</span>
      ${effect === null ? nothing : html`<strong class="numbers">${delta(effect, (size) => score(size, 0.001))}</strong>`}
      ${title}</span
    >
  </p>`;
}

function runLine(around: Around, run: Run): TemplateResult {
  const bad = run.state === "failed" || run.state === "lost";
  const { started, ended } = run;
  const seconds = started === null || ended === null ? null : asNumber(ended) - asNumber(started);
  const metric = around.folded.sessions.get(run.session ?? "")?.metric;
  const dev = metric === undefined ? null : maybeNumber(run.dev?.[metric]);
  return html`<p class="line">
    <span class="glyph muted" aria-hidden="true">–</span>
    <span
      >${link(around, { kind: "run", run: run.id }, run.id)}
      <span class="muted">${runTitle(around.folded, run)}</span>
      <span class=${bad ? "critical" : ""}>${run.state}</span>${dev === null
        ? nothing
        : html`, ${metric} <span class="numbers">${value(dev)}</span>`}
      ${run.message === null ? nothing : html`<span class="muted">${run.message}</span>`}</span
    >
    ${seconds === null ? nothing : html`<span class="when muted numbers">${clock(seconds)}</span>`}
  </p>`;
}

function sessionLine({ state, reason, created, ended }: Session): TemplateResult {
  return html`<p class="line rule">
    <span
      ><strong class=${state === "failed" ? "critical" : ""}>${SESSIONS[state]}.</strong> ${state === "running"
        ? nothing
        : reason}</span
    >
    ${when(state === "running" ? created : (ended ?? created))}
  </p>`;
}

function threadLine(around: Around, thread: Thread): TemplateResult {
  const { path, line: at, endLine } = thread;
  return html`<p class="line">
    <span class="glyph muted" aria-hidden="true">“</span>
    <span
      >Comment on
      ${link(around, { kind: "file", path, line: at, endLine }, html`<code>${path}:${at}</code>`)}${thread.resolved
        ? html` <span class="muted">resolved</span>`
        : nothing}</span
    >
  </p>`;
}

/** The answer to an approval in words: `Allowed once`. */
export function answer({ state, reach }: Approval): string {
  return state === "granted" && reach !== null ? `${ANSWERS[state]} ${REACHES[reach]}` : ANSWERS[state];
}

function approvalLine(approval: Approval): TemplateResult {
  const tone = { waiting: "warning", granted: "good", denied: "critical", withdrawn: "muted" }[approval.state];
  return html`<p class="line">
    <span class="glyph ${tone}" aria-hidden="true">${approval.state === "waiting" ? "!" : "◆"}</span>
    <span
      ><span class=${tone}>${answer(approval)}</span>: ${approval.title}${approval.reason === null
        ? nothing
        : html` <span class="muted">“${approval.reason}”</span>`}</span
    >
    ${approval.answered === null ? nothing : when(approval.answered)}
  </p>`;
}
