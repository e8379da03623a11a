import type { Axis, Curve } from "./axes.js";
import type { Points } from "./points.js";

/**
 * A metric of a run where it lies on an axis.
 *
 * @param begin UTC seconds of the run's first row, for relative time.
 */
export function curve(points: Points, axis: Axis, begin: number): Curve {
  const { steps, times, values, smoothed } = points;
  return {
    xs: places(points, axis, begin),
    raw: values,
    smoothed: smoothed ?? values,
    steps,
    times,
    broken: values.flatMap((value, index) => (Number.isFinite(value) ? [] : [index])),
    thinned: points.total > values.length,
  };
}

function places({ steps, times, tokens }: Points, axis: Axis, begin: number): readonly number[] {
  if (axis === "step") return steps;
  if (axis === "wall") return times;
  return axis === "relative" ? times.map((time) => time - begin) : (tokens ?? []);
}
