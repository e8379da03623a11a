import { resolved } from "../tokens.js";
import { toSvg } from "./export.js";
import type { Line, Plot } from "./plot.js";

/** Height of a line of the legend in CSS pixels. */
const ROW = 16;

/** The chart as drawn, with its title and a legend; null: the browser could not. */
export function toPng(element: HTMLElement, title: string, plot: Plot, lines: readonly Line[]): Promise<Blob | null> {
  const drawn = plot.u.ctx.canvas;
  const unit = drawn.width / plot.u.width;
  const page = element.ownerDocument.createElement("canvas");
  const row = ROW * unit;
  page.width = drawn.width;
  page.height = drawn.height + row * (lines.length + 2);
  const pen = page.getContext("2d");
  if (!pen) return Promise.resolve(null);
  const foreground = resolved(element, "--intern-foreground");
  pen.fillStyle = resolved(element, "--intern-background");
  pen.fillRect(0, 0, page.width, page.height);
  pen.fillStyle = foreground;
  pen.font = `${12 * unit}px ${getComputedStyle(element).fontFamily}`;
  pen.fillText(title, 12 * unit, row);
  pen.drawImage(drawn, 0, 1.5 * row);
  lines.forEach((line, index) => {
    const y = drawn.height + row * (index + 2.3);
    pen.fillStyle = line.colour;
    pen.fillRect(12 * unit, y - 5 * unit, 12 * unit, 3 * unit);
    pen.fillStyle = foreground;
    pen.fillText(line.title, 30 * unit, y);
  });
  return new Promise((resolve) => {
    page.toBlob(resolve, "image/png");
  });
}

/** The same stretch as lines. */
export function toVector(
  element: HTMLElement,
  plot: Plot,
  lines: readonly Line[],
  what: { title: string; xLabel: string; logX: boolean; logY: boolean },
): Blob {
  const { x, y } = plot.u.scales;
  const svg = toSvg(
    {
      ...what,
      x: [x?.min ?? 0, x?.max ?? 1],
      y: [y?.min ?? 0, y?.max ?? 1],
      foreground: resolved(element, "--intern-foreground"),
      background: resolved(element, "--intern-background"),
    },
    lines.map((line) => ({ ...line, run: line.title })),
  );
  return new Blob([svg], { type: "image/svg+xml" });
}
