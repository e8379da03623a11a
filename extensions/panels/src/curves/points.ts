import { asNumber } from "../numbers.js";
import type { Series } from "../protocol.js";
import type { Axis } from "./axes.js";

/** One metric of one run as the daemon told it; NaN and infinities are numbers here. */
export interface Points {
  steps: number[];
  values: number[];
  times: number[];
  /** null: not asked for, or the run does not count them. */
  tokens: number[] | null;
  /** null: smoothing is off. */
  smoothed: number[] | null;
  /** Points before thinning. */
  total: number;
}

/** What the daemon does to the points before it tells them. */
export interface Look {
  axis: Axis;
  /** Share of the past, [0, 1); 0: off. */
  smoothing: number;
}

/** The wire's series with numbers for its words. */
export function pointsOf(series: Series): Points {
  const numbers = (told: Series["values"]): number[] => told.map(asNumber);
  return {
    steps: numbers(series.steps),
    values: numbers(series.values),
    times: numbers(series.times),
    tokens: series.tokens && numbers(series.tokens),
    smoothed: series.smoothed && numbers(series.smoothed),
    total: series.total,
  };
}

export function sameLook(one: Look, other: Look): boolean {
  return one.axis === other.axis && one.smoothing === other.smoothing;
}
