import type { Folded } from "../folded.js";
import type { Run } from "../protocol.js";
import { resolved } from "../tokens.js";
import type { Axis, Curve } from "./axes.js";
import { curve } from "./curve.js";
import type { Span } from "./details.js";
import type { Feed } from "./feed.js";
import type { Line } from "./plot.js";
import type { Points } from "./points.js";
import { look, runTitle } from "./view.js";

/** The lines of each chart; the same objects as long as nothing changed, which spares the charts work. */
export class Lines {
  private readonly curves = new WeakMap<Points, { key: string; curve: Curve }>();
  private readonly kept = new Map<string, Line>();
  private readonly ofMetric = new Map<string, readonly Line[]>();

  constructor(private readonly element: HTMLElement) {}

  /** Colours have changed. */
  forget(): void {
    this.kept.clear();
    this.ofMetric.clear();
  }

  /** The runs that logged a metric, with the points that are known of the stretch in sight. */
  of(metric: string, runs: readonly Run[], folded: Folded, feed: Feed, axis: Axis, span: Span | null): readonly Line[] {
    const fresh = runs.flatMap((run) => {
      const points = (span && feed.details.of(run.id, metric, span)?.points) ?? feed.series(run.id).get(metric);
      return points?.values.length ? [this.line(run, metric, folded, this.curve(points, axis, feed.begin(run.id)))] : [];
    });
    const before = this.ofMetric.get(metric);
    if (before?.length === fresh.length && fresh.every((line, index) => line === before[index])) return before;
    this.ofMetric.set(metric, fresh);
    return fresh;
  }

  private curve(points: Points, axis: Axis, begin: number): Curve {
    const key = `${axis} ${begin}`;
    const known = this.curves.get(points);
    if (known?.key === key) return known.curve;
    const made = curve(points, axis, begin);
    this.curves.set(points, { key, curve: made });
    return made;
  }

  private line(run: Run, metric: string, folded: Folded, drawn: Curve): Line {
    const place = `${run.id} ${metric}`;
    const title = runTitle(folded, run);
    const { colour, dash } = look(folded, run);
    const known = this.kept.get(place);
    if (known?.curve === drawn && known.title === title && known.variable === colour) return known;
    const line: Line = { run: run.id, title, variable: colour, colour: resolved(this.element, colour), dash, curve: drawn };
    this.kept.set(place, line);
    return line;
  }
}
