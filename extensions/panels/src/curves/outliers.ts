/** The middle that is always shown, and by how much of itself it is widened. */
const QUANTILE = 0.05;
const MARGIN = 0.5;
/** Fewer points say nothing about what is usual. */
const LEAST = 20;
/** Points outside are cut off only when they squeeze the rest to less than a third. */
const SQUEEZE = 3;
/** Values that are sorted to find what is usual; the chart asks with every move of a hand. */
const SAMPLE = 4000;

/** What a chart shows of its values. */
export interface Window {
  low: number;
  high: number;
  /** Finite values that lie outside. */
  outside: number;
}

/** Values of one curve, from `start` up to `end`. */
export interface Stretch {
  values: readonly number[];
  start: number;
  end: number;
}

/**
 * The range that shows the bulk of the values; null: they all fit well, or there are none.
 * The quantiles are those of TensorBoard's "ignore outliers", the margin is ours.
 */
export function bulk(stretches: readonly Stretch[]): Window | null {
  let points = 0;
  for (const { start, end } of stretches) points += end - start;
  const stride = Math.ceil(points / SAMPLE) || 1;
  const sample: number[] = [];
  let lowest = Infinity;
  let highest = -Infinity;
  let place = 0;
  each(stretches, (value) => {
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
    if (place++ % stride === 0) sample.push(value);
  });
  if (sample.length < LEAST) return null;
  sample.sort((one, other) => one - other);
  const at = (share: number): number => sample[Math.round(share * (sample.length - 1))] ?? NaN;
  const usual = at(1 - QUANTILE) - at(QUANTILE);
  const low = Math.max(lowest, at(QUANTILE) - MARGIN * usual);
  const high = Math.min(highest, at(1 - QUANTILE) + MARGIN * usual);
  if (usual <= 0 || highest - lowest < SQUEEZE * (high - low)) return null;
  let outside = 0;
  each(stretches, (value) => {
    if (value < low || value > high) outside++;
  });
  return { low, high, outside };
}

function each(stretches: readonly Stretch[], take: (value: number) => void): void {
  for (const { values, start, end } of stretches)
    for (let index = start; index < end; index++) {
      const value = values[index] ?? NaN;
      if (Number.isFinite(value)) take(value);
    }
}
