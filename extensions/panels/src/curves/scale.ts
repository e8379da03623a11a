/** From values to pixels, without the cost of asking uPlot for each point. */
export type Scale = (value: number) => number;

/** `from` and `to` are the pixels of `low` and `high`. NaN: the value has no place on a log scale. */
export function scaled(low: number, high: number, from: number, to: number, log: boolean): Scale {
  if (log) {
    const start = Math.log10(low);
    const slope = (to - from) / (Math.log10(high) - start);
    return (value) => (value > 0 ? from + (Math.log10(value) - start) * slope : NaN);
  }
  const slope = (to - from) / (high - low);
  return (value) => from + (value - low) * slope;
}

/** Lowest and highest finite value between two indices; null: there is none. */
export function extent(values: readonly number[], start: number, end: number, log: boolean): [number, number] | null {
  let low = Infinity;
  let high = -Infinity;
  for (let index = start; index < end; index++) {
    const value = values[index] ?? NaN;
    if (!Number.isFinite(value) || (log && value <= 0)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
}
