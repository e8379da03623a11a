import type {
  Approval,
  Conversation,
  Event,
  Experiment,
  FindingsChanged,
  HunkDecided,
  Landed,
  Note,
  Permission,
  PlanItem,
  Run,
  Session,
  Suppressed,
  Thread,
} from "./protocol.js";
import { asNumber } from "./numbers.js";

/** Notes kept for showing; older ones stay in the daemon's log. */
const NOTES = 50;

/**
 * What the events add up to, as the daemon folds them. Folding an event twice changes nothing. Steps
 * and messages are left out: a long session has thousands, and the transcript is read in pages.
 */
export class Folded {
  head = 0;
  readonly sessions = new Map<string, Session>();
  readonly experiments = new Map<string, Experiment>();
  readonly runs = new Map<string, Run>();
  /** By run. */
  readonly findings = new Map<string, FindingsChanged>();
  /** By session, then hunk. */
  readonly hunks = new Map<string, Map<string, HunkDecided>>();
  /** By session. */
  readonly landings = new Map<string, Landed>();
  readonly conversations = new Map<string, Conversation>();
  readonly threads = new Map<string, Thread>();
  readonly approvals = new Map<string, Approval>();
  readonly permissions = new Map<string, Permission>();
  /** By session. */
  readonly plans = new Map<string, readonly PlanItem[]>();
  /** What the person said of findings, by rule and run; the findings themselves carry it too. */
  private readonly suppressed = new Map<string, Suppressed>();
  /** The newest, oldest first. They are words for the person, no state of the daemon. */
  readonly notes: { time: number; note: Note }[] = [];

  /** Take one event in, in order of `seq`. */
  fold(event: Event): void {
    if (event.seq <= this.head) return;
    this.head = event.seq;
    const body = event.body;
    switch (body.kind) {
      case "session":
        this.sessions.set(body.session.id, body.session);
        break;
      case "experiment":
        this.experiments.set(body.experiment.id, body.experiment);
        break;
      case "run":
        this.runs.set(body.run.id, body.run);
        break;
      case "metrics": {
        const run = this.runs.get(body.run);
        if (run) this.runs.set(run.id, { ...run, progress: body.progress });
        break;
      }
      case "findings":
        this.findings.set(body.run, body);
        break;
      case "hunk": {
        const decided = this.hunks.get(body.session) ?? new Map<string, HunkDecided>();
        this.hunks.set(body.session, decided.set(body.hunk, body));
        break;
      }
      case "landed":
        this.landings.set(body.session, body);
        break;
      case "note":
        this.notes.push({ time: asNumber(event.time), note: body });
        if (this.notes.length > NOTES) this.notes.shift();
        break;
      case "conversation":
        this.conversations.set(body.conversation.id, body.conversation);
        break;
      case "thread":
        this.threads.set(body.thread.id, body.thread);
        break;
      case "approval":
        this.approvals.set(body.approval.id, body.approval);
        break;
      case "permission":
        this.permissions.set(body.permission.id, body.permission);
        break;
      case "plan":
        this.plans.set(body.session, body.items);
        break;
      case "suppressed":
        this.suppressed.set(`${body.rule} ${body.run ?? ""}`, body);
        break;
      case "step":
      case "message":
      case "files":
        break;
    }
  }

  newestSession(): Session | undefined {
    return [...this.sessions.values()].reduce<Session | undefined>(
      (newest, session) =>
        !newest || asNumber(session.created) > asNumber(newest.created) ? session : newest,
      undefined,
    );
  }

  sessionRuns(session: string): Run[] {
    return [...this.runs.values()].filter((run) => run.session === session);
  }

  /** The questions that wait for the person, oldest first. */
  waiting(): Approval[] {
    return [...this.approvals.values()].filter(({ state }) => state === "waiting");
  }

  /** What suppresses this finding now: for its run, for the workspace, or both. */
  suppressions(rule: string, run: string): Suppressed[] {
    return [run, ""].flatMap((where) => this.suppressed.get(`${rule} ${where}`) ?? []).filter(({ active }) => active);
  }

  /** In the order of their numbers. */
  sessionExperiments(session: string): Experiment[] {
    return [...this.experiments.values()]
      .filter((experiment) => experiment.session === session)
      .sort((one, other) => one.number - other.number);
  }
}

/** It still waits or works. */
export function goesOn(run: Run): boolean {
  return run.state === "queued" || run.state === "running";
}
