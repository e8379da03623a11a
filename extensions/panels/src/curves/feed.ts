import type { Host } from "../host.js";
import { sentence } from "../panel.js";
import type { Run } from "../protocol.js";
import type { Axis } from "./axes.js";
import { Details } from "./details.js";
import { type Look, type Points, pointsOf, sameLook } from "./points.js";

/** Points asked for of a whole series: two a pixel of a chart in a grid. */
export const OVERVIEW = 1000;
/** Pieces of a growing run add up; at so many points the whole is asked for again. */
const TOO_MANY = 4 * OVERVIEW;

export type Reading = { state: "loading" } | { state: "ready" } | { state: "failed"; why: string };

interface Kept {
  look: Look;
  series: Map<string, Points>;
  /** UTC seconds of the run's first row. */
  begin: number;
  /** Row to go on from. */
  next: number;
  reading: Reading;
  busy: boolean;
  /** What is known can't be gone on from. */
  stale: boolean;
  /** Rows of the run at the last answer: no question is asked twice before more have come. */
  askedAt: number;
}

const NOTHING: ReadonlyMap<string, Points> = new Map();

/**
 * Reads the series of the runs on show: an overview of each, by cursor, one request a run at a time;
 * and for a zoomed view the points that the overview left out.
 */
export class Feed {
  readonly details: Details;
  private readonly kept = new Map<string, Kept>();
  private look: Look = { axis: "step", smoothing: 0 };

  constructor(
    private readonly host: Host,
    private readonly changed: () => void,
  ) {
    this.details = new Details(host, changed);
  }

  /** Names of what a run logged, as far as it is known. */
  metrics(run: string): Iterable<string> {
    return this.kept.get(run)?.series.keys() ?? [];
  }

  /** The overview on the axis of the last `want`; empty until it has come. */
  series(run: string): ReadonlyMap<string, Points> {
    const kept = this.kept.get(run);
    return kept?.look.axis === this.look.axis ? kept.series : NOTHING;
  }

  /** Whether what is known lies on this axis. */
  isOn(run: string, axis: Axis): boolean {
    return this.kept.get(run)?.look.axis === axis;
  }

  reading(run: string): Reading {
    return this.kept.get(run)?.reading ?? { state: "loading" };
  }

  begin(run: string): number {
    return this.kept.get(run)?.begin ?? NaN;
  }

  /** Ask what went wrong once more. */
  retry(): void {
    for (const [run, kept] of this.kept) if (kept.reading.state === "failed") this.kept.delete(run);
    this.changed();
  }

  /** Make sure that what these runs logged is there, or on its way. */
  want(runs: readonly Run[], look: Look): void {
    this.look = look;
    for (const run of runs) {
      const rows = run.progress.rows;
      const kept = this.kept.get(run.id);
      if (kept?.busy) continue;
      const failed = kept?.reading.state === "failed";
      if (failed && rows <= kept.askedAt) continue;
      const fresh = !kept || failed || kept.stale || !sameLook(kept.look, look) || tooMany(kept);
      if (!fresh && (rows <= kept.next || rows <= kept.askedAt)) continue;
      void this.read(run, fresh, look);
    }
  }

  private async read(run: Run, fresh: boolean, look: Look): Promise<void> {
    const kept: Kept = this.kept.get(run.id) ?? {
      look,
      series: new Map(),
      begin: NaN,
      next: 0,
      reading: { state: "loading" },
      busy: false,
      stale: false,
      askedAt: -1,
    };
    this.kept.set(run.id, kept);
    kept.busy = true;
    try {
      const answer = await this.host.request("intern/run/series", {
        run: run.id,
        since: fresh ? 0 : kept.next,
        maxPoints: OVERVIEW,
        ...look,
      });
      const told = new Map(answer.series.map((series) => [series.name, pointsOf(series)]));
      const series = fresh ? told : joined(kept.series, told, look.axis);
      kept.series = series ?? kept.series;
      // Steps that were told before come again after a resumption: the whole is asked for anew.
      kept.next = answer.next;
      if (fresh) kept.begin = firstTime(told.values());
      else this.details.grown(run.id);
      kept.stale = !series;
      kept.look = look;
      // An event may run ahead of the column store; wait for the following one.
      kept.askedAt = run.progress.rows;
      kept.reading = { state: "ready" };
    } catch (thrown) {
      kept.reading = { state: "failed", why: sentence(thrown) };
      kept.askedAt = run.progress.rows;
    }
    kept.busy = false;
    this.changed();
  }
}

/** Where the points lie, up to a shift that is the same for all. */
function along(points: Points, axis: Axis): readonly number[] {
  if (axis === "tokens") return points.tokens ?? [];
  return axis === "step" ? points.steps : points.times;
}

/** What was known and what came after; null: it does not lie after. */
function joined(known: ReadonlyMap<string, Points>, fresh: ReadonlyMap<string, Points>, axis: Axis): Map<string, Points> | null {
  const all = new Map(known);
  for (const [name, rest] of fresh) {
    const points = known.get(name);
    if (!points?.values.length) {
      all.set(name, rest);
      continue;
    }
    const first = along(rest, axis)[0];
    if (first === undefined) continue;
    const last = along(points, axis).at(-1) ?? -Infinity;
    if (axis === "step" ? first <= last : first < last) return null;
    all.set(name, {
      steps: points.steps.concat(rest.steps),
      values: points.values.concat(rest.values),
      times: points.times.concat(rest.times),
      tokens: points.tokens && rest.tokens && points.tokens.concat(rest.tokens),
      smoothed: points.smoothed && rest.smoothed && points.smoothed.concat(rest.smoothed),
      total: points.total + rest.total,
    });
  }
  return all;
}

function firstTime(series: Iterable<Points>): number {
  let first = Infinity;
  for (const { times } of series) {
    const time = times.find(Number.isFinite);
    if (time !== undefined && time < first) first = time;
  }
  return Number.isFinite(first) ? first : NaN;
}

/** Thinned pieces add up; from here on the whole is thinned anew. */
function tooMany(kept: Kept): boolean {
  for (const { values, total } of kept.series.values())
    if (values.length > TOO_MANY && total > values.length) return true;
  return false;
}
