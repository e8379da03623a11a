/** The past as a panel needs it: of every thing its newest event, however long the session was. */
import type { Event } from "./protocol";

/** Notes kept, as many as the panels show. */
const NOTES = 50;

export class Past {
  /** Sequence number of the newest event that was taken in. */
  head = 0;
  private readonly newest = new Map<string, Event>();
  private readonly notes: Event[] = [];

  /** Take one event in; returns whether it was new. */
  take(event: Event): boolean {
    if (event.seq <= this.head) return false;
    this.head = event.seq;
    if (event.body.kind === "note") {
      this.notes.push(event);
      if (this.notes.length > NOTES) this.notes.shift();
    }
    const key = subject(event);
    if (key !== null) this.newest.set(key, event);
    return true;
  }

  /** In the order in which they happened. */
  events(): Event[] {
    return [...this.newest.values(), ...this.notes].sort((one, other) => one.seq - other.seq);
  }
}

/** What an event is about, so that a newer one takes its place; null: it is not kept. */
function subject({ body }: Event): string | null {
  switch (body.kind) {
    case "session":
      return `session ${body.session.id}`;
    case "experiment":
      return `experiment ${body.experiment.id}`;
    case "run":
      return `run ${body.run.id}`;
    case "metrics":
    case "findings":
      return `${body.kind} ${body.run}`;
    case "hunk":
      return `hunk ${body.session} ${body.hunk}`;
    case "landed":
    case "plan":
      return `${body.kind} ${body.session}`;
    case "conversation":
      return `conversation ${body.conversation.id}`;
    case "thread":
      return `thread ${body.thread.id}`;
    case "approval":
      return `approval ${body.approval.id}`;
    case "permission":
      return `permission ${body.permission.id}`;
    case "suppressed":
      return `suppressed ${body.rule} ${body.run ?? ""}`;
    default:
      return null; // steps, messages and files: thousands, read in pages where they are shown
  }
}
