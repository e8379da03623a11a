import type { Row } from "./pages.js";

/** Pixels of a row that nobody has measured yet. A message is taller than a line. */
const LINE = 26;
const MESSAGE = 96;

/** Where each row stands, from the heights that were measured and a guess for the others. */
export class Heights {
  private readonly known = new Map<number, number>();

  /** The measured height of a row; true: it differs from what was known. */
  measured(position: number, height: number): boolean {
    const before = this.known.get(position);
    if (before !== undefined && Math.abs(before - height) < 0.5) return false;
    this.known.set(position, height);
    return true;
  }

  of(row: Row): number {
    return this.known.get(row.position) ?? (row.key.startsWith("message") ? MESSAGE : LINE);
  }

  /** The top of each row, and at the end the height of all. */
  tops(rows: readonly Row[]): Float64Array {
    const tops = new Float64Array(rows.length + 1);
    rows.forEach((row, index) => {
      tops[index + 1] = (tops[index] ?? 0) + this.of(row);
    });
    return tops;
  }
}

/** The index of the row that covers this height; the last one below the end. */
export function rowAt(tops: ArrayLike<number>, y: number): number {
  let low = 0;
  let high = Math.max(0, tops.length - 2);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((tops[middle] ?? 0) <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}
