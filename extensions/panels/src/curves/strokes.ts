import type { Scale } from "./scale.js";

/** What a curve is traced on: a canvas, or the path of an SVG. */
export interface Pen {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
}

/**
 * Traces a curve, with a gap where a value has no place. Of the points within one column of pixels
 * only the first, the lowest, the highest and the last are drawn: more would look the same.
 */
export function trace(
  pen: Pen,
  xs: readonly number[],
  values: readonly number[],
  [start, end]: readonly [number, number],
  across: Scale,
  up: Scale,
): void {
  let down = false;
  let column = NaN;
  let low = 0;
  let high = 0;
  let last = 0;
  const close = (): void => {
    if (low !== last || high !== last) {
      pen.lineTo(column, low);
      pen.lineTo(column, high);
      pen.lineTo(column, last);
    }
  };
  for (let index = start; index < end; index++) {
    const x = Math.round(across(xs[index] ?? NaN));
    const y = up(values[index] ?? NaN);
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      if (down) close();
      down = false;
      column = NaN;
      continue;
    }
    if (x === column) {
      low = Math.min(low, y);
      high = Math.max(high, y);
      last = y;
      continue;
    }
    if (down) {
      close();
      pen.lineTo(x, y);
    } else pen.moveTo(x, y);
    down = true;
    [column, low, high, last] = [x, y, y, y];
  }
  if (down) close();
}
