/** The daemon's events, folded as the panels fold them: what every view of this window draws. */
import * as vscode from "vscode";
import { Folded } from "../../panels/src/folded";
import { Past } from "./past";
import type { Approval, Event, Experiment, Run, Session } from "./protocol";
import type { Server } from "./server";

/** `past`: everything before, compacted; else what came after it. */
export interface Batch {
  readonly past: boolean;
  readonly events: Event[];
}

export class Model implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly lived = new vscode.EventEmitter<Event>();
  private readonly connected = new vscode.EventEmitter<void>();
  private readonly came = new vscode.EventEmitter<Batch>();
  private readonly subscriptions: vscode.Disposable[];
  private folded = new Folded();
  private past = new Past();
  /** The log's end at the moment of connecting: what lies before is not told one by one. */
  private head = 0;
  /** What happened while the connection was gone. */
  private missed: Event[] = [];
  /** Whether this window has drawn the log before. */
  private known = false;

  /** After any change. */
  readonly onChange = this.changed.event;
  /** What happens from now on, and what happened while the connection was gone; not the past before this window. */
  readonly onLive = this.lived.event;
  /** The state is up to date after a connection was made, or made again. */
  readonly onCaughtUp = this.connected.event;
  /** What pages do not have yet. */
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

  get sessions(): ReadonlyMap<string, Session> {
    return this.folded.sessions;
  }

  get experiments(): ReadonlyMap<string, Experiment> {
    return this.folded.experiments;
  }

  get runs(): ReadonlyMap<string, Run> {
    return this.folded.runs;
  }

  get approvals(): ReadonlyMap<string, Approval> {
    return this.folded.approvals;
  }

  /** The questions that wait for the person, oldest first. */
  get waiting(): Approval[] {
    return this.folded.waiting();
  }

  get newestSession(): Session | undefined {
    return this.folded.newestSession();
  }

  get runningSession(): Session | undefined {
    return [...this.sessions.values()].find((session) => session.state === "running");
  }

  get newestRun(): Run | undefined {
    return [...this.runs.values()].at(-1);
  }

  /** Whether the past has been told. */
  get caughtUp(): boolean {
    return this.server.phase.kind === "ready" && this.known && this.past.head >= this.head;
  }

  experimentsOf(session: string): Experiment[] {
    return this.folded.sessionExperiments(session);
  }

  runsOf(experiment: Experiment): Run[] {
    return experiment.runs.flatMap((id) => this.runs.get(id) ?? []);
  }

  /** The experiments whose changes are part of the session's branch. */
  kept(session: string): Experiment[] {
    return this.experimentsOf(session).filter(({ number, verdict }) => number > 0 && verdict?.name === "keep");
  }

  /** The experiment with this commit, given by at least its first characters. */
  experimentAt(commit: string): Experiment | undefined {
    return [...this.experiments.values()].find((experiment) => experiment.commit?.startsWith(commit));
  }

  /** What a page that opens now is told. */
  pastBatch(): Batch {
    return { past: true, events: this.past.events() };
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions, this.changed, this.lived, this.connected, this.came).dispose();
  }

  /** Subscribe from the last event that is known; from the first when the log was begun anew. */
  private async follow(): Promise<void> {
    this.missed = [];
    try {
      const { head } = await this.server.request("intern/subscribe", { since: this.past.head }).catch(() => {
        this.forget();
        return this.server.request("intern/subscribe", { since: 0 });
      });
      this.head = head;
      if (this.past.head >= head) this.catchUp();
    } catch (error) {
      this.server.log.warn(`The events are not followed: ${String(error)}`);
    }
  }

  private forget(): void {
    this.folded = new Folded();
    this.past = new Past();
    this.known = false;
  }

  private take(event: Event): void {
    if (!this.past.take(event)) return;
    this.folded.fold(event);
    if (event.seq <= this.head) {
      if (this.known) this.missed.push(event);
      if (event.seq === this.head) this.catchUp();
      return; // the views draw the past once, not event by event
    }
    this.came.fire({ past: false, events: [event] });
    this.lived.fire(event);
    this.changed.fire();
  }

  private catchUp(): void {
    const missed = this.missed;
    this.missed = [];
    this.came.fire(this.known ? { past: false, events: missed } : this.pastBatch());
    this.known = true;
    for (const event of missed) this.lived.fire(event);
    this.connected.fire();
    this.changed.fire();
  }
}
