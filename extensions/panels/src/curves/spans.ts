import type { Span } from "./details.js";

/** A stretch moved by a share of its width as it is drawn. */
export function shifted([low, high]: Span, share: number, log: boolean): [number, number] {
  if (log) return [low * (high / low) ** share, high * (high / low) ** share];
  return [low + share * (high - low), high + share * (high - low)];
}

/**
 * A stretch widened or narrowed.
 *
 * @param middle its new middle; null: as before.
 * @param factor of its width as it is drawn.
 */
export function stretched([low, high]: Span, middle: number | null, factor: number, log: boolean): [number, number] {
  if (log) {
    const centre = middle !== null && middle > 0 ? middle : Math.sqrt(low * high);
    const half = (high / low) ** (factor / 2);
    return [centre / half, centre * half];
  }
  const centre = middle ?? (low + high) / 2;
  const half = (factor * (high - low)) / 2;
  return [centre - half, centre + half];
}
