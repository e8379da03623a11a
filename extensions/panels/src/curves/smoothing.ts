/**
 * Exponential moving average without the pull towards zero at the start (Adam's bias correction).
 * NaN and infinities stay where they are and move nothing.
 *
 * @param weight share of the past, [0, 1); 0 gives the values themselves.
 */
export function smooth(values: readonly number[], weight: number): number[] {
  if (weight <= 0) return [...values];
  let average = 0;
  let correction = 1;
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    average = weight * average + (1 - weight) * value;
    correction *= weight;
    return average / (1 - correction);
  });
}
