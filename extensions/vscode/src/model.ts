/** The daemon's events, folded: what every view of this window draws. */
import * as vscode from "vscode";
import type { Event, Experiment, Finding, Run, Session } from "./protocol";
import type { Server } from "./server";

export class Model implements vscode.Disposable {
  readonly sessions = new Map<string, Session>();
  readonly experiments = new Map<string, Experiment>();
  readonly runs = new Map<string, Run>();
  /** By run. */
  readonly findings = new Map<string, Finding[]>();
  /** All that happened, for panels, which fold it themselves. */
  events: Event[] = [];

  private readonly changed = new vscode.EventEmitter<void>();
  private readonly lived = new vscode.EventEmitter<Event>();
  private readonly came = new vscode.EventEmitter<Event[]>();
  private readonly subscriptions: vscode.Disposable[];
  /** The log's end when this window connected: what lies before is the past. */
  private past = 0;
  private seq = 0;

  /** After any change. */
  readonly onChange = this.changed.event;
  /** What happens from now on, after the state knows it; nothing of the past is told again. */
  readonly onLive = this.lived.event;
  /** Every batch, the past too; an empty log gives an empty one. */
  readonly onBatch = this.came.event;

  constructor(private readonly server: Server) {
    this.subscriptions = [
      server.onPhase((phase) => {
        if (phase.kind === "ready") void this.follow();
        else this.changed.fire();
      }),
      server.onEvent((event) => this.take(event)),
    ];
  }

  get newestSession(): Session | undefined {
    return [...this.sessions.values()].at(-1);
  }

  get runningSession(): Session | undefined {
    return [...this.sessions.values()].find((session) => session.state === "running");
  }

  get newestRun(): Run | undefined {
    return [...this.runs.values()].at(-1);
  }

  /** Whether the past has been told. */
  get caughtUp(): boolean {
    return this.server.phase.kind === "ready" && this.seq >= this.past;
  }

  experimentsOf(session: string): Experiment[] {
    return [...this.experiments.values()].filter((experiment) => experiment.session === session);
  }

  runsOf(experiment: Experiment): Run[] {
    return experiment.runs.flatMap((id) => this.runs.get(id) ?? []);
  }

  /** The experiments whose changes are part of the session's branch. */
  kept(session: string): Experiment[] {
    return this.experimentsOf(session).filter(({ number, verdict }) => number > 0 && verdict?.name === "keep");
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions, this.changed, this.lived, this.came).dispose();
  }

  /** Subscribe from the last event that is known; from the first when the log was begun anew. */
  private async follow(): Promise<void> {
    try {
      let { head } = await this.server.request("intern/subscribe", { since: this.seq }).catch(() => {
        this.forget();
        return this.server.request("intern/subscribe", { since: 0 });
      });
      this.past = head;
      if (this.seq >= head) {
        this.came.fire([]);
        this.changed.fire();
      }
    } catch (error) {
      this.server.log.warn(`The events are not followed: ${String(error)}`);
    }
  }

  private forget(): void {
    for (const map of [this.sessions, this.experiments, this.runs, this.findings]) map.clear();
    this.events = [];
    this.seq = 0;
  }

  private take(event: Event): void {
    if (event.seq <= this.seq) return;
    this.seq = event.seq;
    this.events.push(event);
    this.fold(event);
    if (event.seq < this.past) return; // the views draw the past once, not event by event
    this.came.fire(event.seq === this.past ? this.events : [event]);
    if (event.seq > this.past) this.lived.fire(event);
    this.changed.fire();
  }

  private fold({ body }: Event): void {
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
        this.findings.set(body.run, body.findings);
        break;
      default:
        break;
    }
  }
}
