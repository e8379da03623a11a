import type { Host } from "../host.js";
import { type Look, type Points, pointsOf, sameLook } from "./points.js";

/** Points asked for of a zoomed view, which is two charts wide. */
export const DETAIL = 2000;
/** Milliseconds for which a view must stand before its points are asked for. */
export const STILL = 60;
/** A view of less than this share of what was read deserves points of its own. */
const COARSE = 4;

/** A stretch of the x-axis, in its units. */
export type Span = readonly [number, number];

/** The points of a stretch. */
export interface Detail {
  span: Span;
  points: Points;
}

/** What is looked at. */
export interface Sight {
  look: Look;
  span: Span;
  /** Metrics in sight, by run: those of which the overview leaves points out. */
  wanted: ReadonlyMap<string, readonly string[]>;
}

/**
 * Points of the stretch in sight, asked for when it stands still, and given up when the person has
 * moved on. Until they come the overview is drawn, so panning and zooming never wait.
 */
export class Details {
  private readonly kept = new Map<string, Detail>();
  private readonly covered = new Map<string, Span>();
  private look: Look | null = null;
  private sight: Sight | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asking: { abort: AbortController; span: Span } | null = null;

  constructor(
    private readonly host: Host,
    private readonly changed: () => void,
  ) {}

  /** The points of a stretch that holds the whole span; null: the overview has to do. */
  of(run: string, metric: string, span: Span): Detail | null {
    const detail = this.kept.get(key(run, metric));
    return detail && holds(detail.span, span) ? detail : null;
  }

  /** Look at a stretch; null: at the whole, which the overview shows. */
  want(sight: Sight | null): void {
    if (!sight || !this.look || !sameLook(sight.look, this.look)) {
      this.kept.clear();
      this.covered.clear();
      this.look = sight?.look ?? null;
      this.stop();
    }
    this.sight = sight;
    if (!sight) return;
    if (this.asking && !holds(this.asking.span, sight.span)) this.stop();
    if (this.asking || this.timer !== undefined || !this.missing(sight).length) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.sight) void this.read(this.sight);
    }, STILL);
  }

  /** A run has logged more: its stretch is no longer all that there is. */
  grown(run: string): void {
    for (const name of this.covered.keys()) if (name.startsWith(`${run} `)) this.covered.delete(name);
  }

  private stop(): void {
    this.asking?.abort.abort();
    this.asking = null;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private missing({ span, wanted }: Sight): [string, string[]][] {
    return [...wanted].flatMap(([run, metrics]): [string, string[]][] => {
      const lacking = metrics.filter((metric) => {
        const known = this.covered.get(key(run, metric));
        return !known || !holds(known, span) || width(known) > COARSE * width(span);
      });
      return lacking.length ? [[run, lacking]] : [];
    });
  }

  private async read(sight: Sight): Promise<void> {
    const { look } = sight;
    const margin = width(sight.span) / 2;
    const span: Span = [sight.span[0] - margin, sight.span[1] + margin];
    const asking = { abort: new AbortController(), span };
    const { signal } = asking.abort;
    this.asking = asking;
    const answers = this.missing(sight).map(async ([run, metrics]) => {
      const [low, high] = span;
      const wish = { run, metrics, low, high, maxPoints: DETAIL, ...look };
      try {
        const { series } = await this.host.request("intern/run/series", wish, signal);
        if (signal.aborted) return;
        for (const told of series) this.kept.set(key(run, told.name), { span, points: pointsOf(told) });
      } catch {
        // The overview stays on show; what is wrong with the run is told where that is read.
      }
      if (!signal.aborted) for (const metric of metrics) this.covered.set(key(run, metric), span);
    });
    await Promise.all(answers);
    if (signal.aborted) return;
    this.asking = null;
    this.changed();
  }
}

function key(run: string, metric: string): string {
  return `${run} ${metric}`;
}

function width([from, to]: Span): number {
  return to - from;
}

function holds(outer: Span, inner: Span): boolean {
  return outer[0] <= inner[0] && outer[1] >= inner[1];
}
