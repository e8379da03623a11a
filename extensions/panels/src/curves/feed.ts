import type { Host } from "../host.js";
import { asNumber } from "../numbers.js";
import { sentence } from "../panel.js";
import type { Run } from "../protocol.js";

/** Points asked for of one series: two a pixel of a wide chart. */
export const MAX_POINTS = 2000;
/** Up to so many rows a run is read whole, so that smoothing comes before thinning. */
export const WHOLE_ROWS = 50_000;

/** One metric of one run; NaN and infinities are numbers here. */
export interface Points {
  steps: number[];
  values: number[];
  times: number[];
}

export type Reading = { state: "loading" } | { state: "ready" } | { state: "failed"; why: string };

interface Kept {
  series: Map<string, Points>;
  /** Row to go on from. */
  next: number;
  whole: boolean;
  reading: Reading;
  busy: boolean;
  /** Rows of the run at the last answer: no question is asked twice before more have come. */
  askedAt: number;
}

/** Reads the series of the runs on show, by cursor, one request a run at a time. */
export class Feed {
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly host: Host,
    private readonly changed: () => void,
  ) {}

  series(run: string): ReadonlyMap<string, Points> {
    return this.kept.get(run)?.series ?? new Map<string, Points>();
  }

  reading(run: string): Reading {
    return this.kept.get(run)?.reading ?? { state: "loading" };
  }

  /** Every row is there, none was left out by the daemon. */
  isWhole(run: string): boolean {
    const kept = this.kept.get(run);
    return kept?.whole === true;
  }

  /** Ask what went wrong once more. */
  retry(): void {
    for (const [run, kept] of this.kept) if (kept.reading.state === "failed") this.kept.delete(run);
    this.changed();
  }

  /** Make sure that what these runs logged is there, or on its way. */
  want(runs: readonly Run[], smoothed: boolean): void {
    for (const run of runs) {
      const rows = run.progress.rows;
      const whole = smoothed && rows <= WHOLE_ROWS;
      const kept = this.kept.get(run.id);
      if (kept?.busy) continue;
      const failed = kept?.reading.state === "failed";
      if (failed && rows <= kept.askedAt) continue;
      const fresh = !kept || failed || (whole && !kept.whole) || tooMany(kept);
      if (!fresh && (rows <= kept.next || rows <= kept.askedAt)) continue;
      void this.read(run, fresh, whole || (kept?.whole === true && rows <= WHOLE_ROWS));
    }
  }

  private async read(run: Run, fresh: boolean, whole: boolean): Promise<void> {
    const before = this.kept.get(run.id);
    const kept: Kept = before ?? {
      series: new Map(),
      next: 0,
      whole,
      reading: { state: "loading" },
      busy: false,
      askedAt: -1,
    };
    this.kept.set(run.id, kept);
    kept.busy = true;
    try {
      const since = fresh ? 0 : kept.next;
      const answer = await this.host.request("intern/run/series", {
        run: run.id,
        since,
        maxPoints: whole ? null : MAX_POINTS,
      });
      if (fresh) kept.series = new Map();
      for (const told of answer.series) {
        const points = kept.series.get(told.name) ?? { steps: [], values: [], times: [] };
        kept.series.set(told.name, {
          steps: points.steps.concat(told.steps.map(asNumber)),
          values: points.values.concat(told.values.map(asNumber)),
          times: points.times.concat(told.times.map(asNumber)),
        });
      }
      kept.next = answer.next;
      // An event may run ahead of the column store; wait for the following one.
      kept.askedAt = run.progress.rows;
      kept.whole = whole && (fresh || kept.whole);
      kept.reading = { state: "ready" };
    } catch (thrown) {
      kept.reading = { state: "failed", why: sentence(thrown) };
      kept.askedAt = run.progress.rows;
    }
    kept.busy = false;
    this.changed();
  }
}

/** Thinned pieces add up; from here on the whole is thinned anew. */
function tooMany(kept: Kept): boolean {
  if (kept.whole) return false;
  for (const points of kept.series.values()) {
    if (points.values.length > 2 * MAX_POINTS) return true;
  }
  return false;
}
