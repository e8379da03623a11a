/**
 * Positions that keep the look of a curve: first and last, and of each of `limit / 2` stretches the
 * lowest and the highest value. Values that are not finite all stay, up to half of `limit`.
 */
export function thinned(values: readonly number[], limit: number): number[] {
  const length = values.length;
  if (length <= limit) return Array.from(values, (_, index) => index);
  const kept = new Set([0, length - 1]);
  const stretches = Math.max(1, Math.floor(limit / 2));
  let broken = 0;
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = Math.floor((stretch * length) / stretches);
    const to = Math.floor(((stretch + 1) * length) / stretches);
    let lowest = -1;
    let highest = -1;
    for (let index = from; index < to; index++) {
      const value = values[index] ?? NaN;
      if (!Number.isFinite(value)) {
        if (broken++ < limit / 2) kept.add(index);
        continue;
      }
      if (lowest < 0 || value < (values[lowest] ?? NaN)) lowest = index;
      if (highest < 0 || value > (values[highest] ?? NaN)) highest = index;
    }
    if (lowest >= 0) kept.add(lowest).add(highest);
  }
  return [...kept].sort((one, other) => one - other);
}
