import { type Axis, type Curve, inOrder, positions } from "./axes.js";
import type { Points } from "./feed.js";
import { smooth } from "./smoothing.js";
import { thinned } from "./thinning.js";

/** Points drawn of one curve. */
const DRAWN = 2000;

/** Order, smooth, then thin: in this order, or thinning would decide what is smoothed. */
export function curve(points: Points, axis: Axis, weight: number): Curve {
  const places = positions(points, axis);
  const order = inOrder(places);
  const raw = pick(points.values, order);
  const smoothed = weight > 0 ? smooth(raw, weight) : raw;
  const all = {
    xs: pick(places, order),
    raw,
    smoothed,
    steps: pick(points.steps, order),
    times: pick(points.times, order),
  };
  if (raw.length <= DRAWN) return all;
  const kept =
    weight > 0
      ? [...new Set([...thinned(raw, DRAWN / 2), ...thinned(smoothed, DRAWN / 2)])].sort(
          (one, other) => one - other,
        )
      : thinned(raw, DRAWN);
  const few = pick(raw, kept);
  return {
    xs: pick(all.xs, kept),
    raw: few,
    smoothed: weight > 0 ? pick(smoothed, kept) : few,
    steps: pick(all.steps, kept),
    times: pick(all.times, kept),
  };
}

function pick(values: readonly number[], order: readonly number[]): number[] {
  return order.map((index) => values[index] ?? NaN);
}
