import type { Points } from "./feed.js";

export type Axis = "step" | "relative" | "wall";

/** One curve in the coordinates of the chart, x ascending without doubles. */
export interface Curve {
  xs: number[];
  /** May hold NaN and infinities. */
  raw: number[];
  /** The same array as `raw` when smoothing is off. */
  smoothed: number[];
  steps: number[];
  times: number[];
}

/** Where each point lies: optimiser step, seconds since the run's first row, or UTC seconds. */
export function positions(points: Points, axis: Axis): number[] {
  if (axis === "step") return points.steps;
  if (axis === "wall") return points.times;
  const first = points.times.find(Number.isFinite) ?? NaN;
  return points.times.map((time) => time - first);
}

/**
 * Order of the points by x. A resumed run logs some steps twice: the later row counts. Points
 * without a place on the axis (a time that nobody noted) are left out.
 */
export function inOrder(xs: readonly number[]): number[] {
  const byPlace = new Map<number, number>();
  let sorted = true;
  let last = -Infinity;
  for (const [index, x] of xs.entries()) {
    if (!Number.isFinite(x)) continue;
    if (x < last) sorted = false;
    last = x;
    byPlace.set(x, index);
  }
  const kept = [...byPlace.values()];
  return sorted ? kept : kept.sort((one, other) => (xs[one] ?? 0) - (xs[other] ?? 0));
}

/** Index of the point nearest to x; -1 when there is none. */
export function nearest(xs: readonly number[], x: number): number {
  let low = 0;
  let high = xs.length - 1;
  if (high < 0) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((xs[middle] ?? 0) < x) low = middle + 1;
    else high = middle;
  }
  const before = xs[low - 1];
  return before !== undefined && x - before <= (xs[low] ?? Infinity) - x ? low - 1 : low;
}

/** The step axis of a run carried over to another axis, by its nearest logged step. */
export function placeOfStep(curve: Curve, step: number): number | null {
  if (!curve.steps.length) return null;
  return curve.xs[nearest(curve.steps, step)] ?? null;
}
