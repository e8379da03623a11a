import type { Conversation, Entry, Event, Happening, Transcript } from "../protocol.js";

/** Entries asked for at once. */
export const PAGE = 100;
/** Newest entries read again after something happened. */
const TAIL = 20;
/** Rows whose entries are kept on either side of those on the screen. */
const KEPT = 3 * PAGE;

/** One place of the transcript. What stands there is dropped when it is far from the screen. */
export interface Row {
  readonly position: number;
  /** What the entry is about, so that news of the same thing replaces it. */
  readonly key: string;
  entry: Entry | null;
}

type Read = (before: number | null, limit: number) => Promise<Transcript>;

/** The thing that a happening is about, as long as it changes in place. */
export function key(event: Event): string {
  const { body } = event;
  switch (body.kind) {
    case "message":
      return `message ${body.message.id}`;
    case "step":
      return `step ${body.step.session} ${body.step.number}`;
    case "approval":
      return `approval ${body.approval.id}`;
    case "experiment":
      return `experiment ${body.experiment.id}`;
    case "run":
      return `run ${body.run.id}`;
    case "thread":
      return `thread ${body.thread.id}`;
    default:
      return `${body.kind} at ${event.seq}`;
  }
}

/** Whether a happening may be an entry of this conversation. Which ones are, the daemon decides. */
export function concerns(body: Happening, { id, session }: Pick<Conversation, "id" | "session">): boolean {
  switch (body.kind) {
    case "message":
      return body.message.conversation === id && body.message.thread === null;
    case "step":
      return body.step.session === session;
    case "approval":
      return body.approval.session === session;
    case "experiment":
      return body.experiment.session === session && body.experiment.state === "judged";
    case "run":
      return body.run.session !== null && body.run.session === session && body.run.ended !== null;
    case "session":
      return body.session.id === session;
    case "thread":
      return body.thread.session === session;
    case "note":
    case "landed":
      return body.session !== null && body.session === session;
    default:
      return false;
  }
}

/** A transcript read page by page: every place of it that was seen, and the entries near the screen. */
export class Pages {
  /** In the order of their positions. */
  rows: readonly Row[] = [];
  /** There are entries before these. */
  earlier = false;
  /** The first page has come. */
  opened = false;
  /** Why a page could not be read, in the daemon's words; nothing but `tail` is tried again. */
  failed: string | null = null;
  private reading = new Set<string>();
  private tailing = false;
  private stale = false;

  constructor(
    private readonly read: Read,
    private readonly changed: () => void,
  ) {}

  /** Read the page before the first row. */
  older(): void {
    const first = this.rows[0];
    if (first && this.earlier && this.failed === null) void this.page(first.position, PAGE);
  }

  /** The rows from `first` to `last` are about to be seen: read what was dropped of them. */
  want(first: number, last: number): void {
    const gap = this.rows.findLast(({ entry }, index) => index >= first && index <= last && !entry);
    if (gap && this.failed === null) void this.page(gap.position + 1, PAGE);
  }

  /** Drop what is far from the rows `first` to `last`. */
  keep(first: number, last: number): void {
    this.rows.forEach((row, index) => {
      if (index < first - KEPT || index > last + KEPT) row.entry = null;
    });
  }

  /**
   * Take news in. What is known is replaced where it stands; what is not known may be an entry, which
   * the daemon tells when asked for the newest.
   */
  take(events: readonly Event[]): void {
    const places = new Map(this.rows.map((row) => [row.key, row]));
    let unknown = false;
    for (const event of events) {
      const row = places.get(key(event));
      if (!row) unknown = true;
      else if (row.entry && row.entry.event.seq < event.seq) row.entry = { position: row.position, event };
    }
    this.changed();
    if (unknown) void this.tail();
  }

  /** Read the newest entries until they meet those that are known. */
  async tail(): Promise<void> {
    if (this.tailing) {
      this.stale = true;
      return;
    }
    this.tailing = true;
    do {
      this.stale = false;
      const known = this.rows.at(-1)?.position ?? -1;
      let oldest = await this.page(null, this.opened ? TAIL : PAGE);
      while (this.opened && oldest !== null && known >= 0 && oldest > known + 1) oldest = await this.page(oldest, PAGE);
    } while (this.stale as boolean);
    this.tailing = false;
  }

  /** The position of the first entry of a page; null: it is empty, under way, or could not be read. */
  private async page(before: number | null, limit: number): Promise<number | null> {
    const name = `${before ?? "newest"}`;
    if (this.reading.has(name)) return null;
    this.reading.add(name);
    try {
      const told = await this.read(before, limit);
      this.merge(told);
      this.failed = null;
      return told.entries[0]?.position ?? null;
    } catch (thrown) {
      this.failed = thrown instanceof Error ? thrown.message : String(thrown);
      return null;
    } finally {
      this.reading.delete(name);
      this.changed();
    }
  }

  private merge({ entries, earlier }: Transcript): void {
    const places = new Map(this.rows.map((row) => [row.position, row]));
    const first = entries[0]?.position;
    if (!this.opened || (first !== undefined && first < (this.rows[0]?.position ?? Infinity))) this.earlier = earlier;
    for (const entry of entries) {
      const row = places.get(entry.position);
      if (!row) places.set(entry.position, { position: entry.position, key: key(entry.event), entry });
      else if (!row.entry || row.entry.event.seq < entry.event.seq) row.entry = entry;
    }
    this.rows = [...places.values()].sort((one, other) => one.position - other.position);
    this.opened = true;
  }
}
