/** The middle that is always shown, and by how much of itself it is widened. */
const QUANTILE = 0.05;
const MARGIN = 0.5;
/** Fewer points say nothing about what is usual. */
const LEAST = 20;
/** Points outside are cut off only when they squeeze the rest to less than a third. */
const SQUEEZE = 3;

/** What a chart shows of its values. */
export interface Window {
  low: number;
  high: number;
  /** Finite values that lie outside. */
  outside: number;
}

/**
 * The range that shows the bulk of the values; null: they all fit well, or there are none.
 * The quantiles are those of TensorBoard's "ignore outliers", the margin is ours.
 */
export function bulk(values: readonly number[]): Window | null {
  const finite = values.filter(Number.isFinite).sort((one, other) => one - other);
  if (finite.length < LEAST) return null;
  const at = (share: number): number => finite[Math.round(share * (finite.length - 1))] ?? NaN;
  const usual = at(1 - QUANTILE) - at(QUANTILE);
  const low = Math.max(at(0), at(QUANTILE) - MARGIN * usual);
  const high = Math.min(at(1), at(1 - QUANTILE) + MARGIN * usual);
  if (usual <= 0 || at(1) - at(0) < SQUEEZE * (high - low)) return null;
  const outside = finite.filter((value) => value < low || value > high).length;
  return { low, high, outside };
}
