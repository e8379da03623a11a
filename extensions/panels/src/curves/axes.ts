export type Axis = "step" | "relative" | "wall" | "tokens";

/** What the places on an axis are. */
export const AXIS_TITLES: Record<Axis, string> = {
  step: "step",
  relative: "time since the start",
  wall: "time of day",
  tokens: "tokens seen",
};

/** One curve in the coordinates of the chart, x ascending. */
export interface Curve {
  xs: readonly number[];
  /** May hold NaN and infinities. */
  raw: readonly number[];
  /** The same array as `raw` when smoothing is off. */
  smoothed: readonly number[];
  steps: readonly number[];
  times: readonly number[];
  /** Indices of the values that are not finite. */
  broken: readonly number[];
  /** The daemon left points out. */
  thinned: boolean;
}

/** Index of the first x that is not below the given one. */
export function firstFrom(xs: readonly number[], x: number): number {
  let low = 0;
  let high = xs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((xs[middle] ?? 0) < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the point nearest to x; -1 when there is none. */
export function nearest(xs: readonly number[], x: number): number {
  if (!xs.length) return -1;
  const after = Math.min(firstFrom(xs, x), xs.length - 1);
  const before = xs[after - 1];
  return before !== undefined && x - before <= (xs[after] ?? Infinity) - x ? after - 1 : after;
}

/** The step axis of a run carried over to another axis, by its nearest logged step. */
export function placeOfStep(curve: Curve, step: number): number | null {
  if (!curve.steps.length) return null;
  return curve.xs[nearest(curve.steps, step)] ?? null;
}
