import type { Line } from "./plot.js";

/**
 * Lines that can't be seen, because a later one has the same values at the same places: a setting
 * that changes nothing in the loss makes such a pair, and one colour hides the other.
 *
 * @returns titles, by the title of the line on top.
 */
export function coinciding(lines: readonly Line[]): Map<string, string[]> {
  const under = new Map<string, string[]>();
  const seen: Line[] = [];
  for (const line of [...lines].reverse()) {
    const top = line.curve.xs.length ? seen.find((other) => same(line, other)) : undefined;
    if (top) under.set(top.title, [...(under.get(top.title) ?? []), line.title]);
    else seen.push(line);
  }
  return under;
}

function same({ curve: one }: Line, { curve: other }: Line): boolean {
  return (
    one.xs.length === other.xs.length &&
    one.raw.every((value, index) => Object.is(value, other.raw[index]) && one.xs[index] === other.xs[index])
  );
}
