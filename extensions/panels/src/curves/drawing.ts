import { type Curve, firstFrom } from "./axes.js";
import type { Line } from "./plot.js";
import type { Scale } from "./scale.js";
import { trace } from "./strokes.js";

/** Opacity of the values themselves behind their smoothed curve, and of lines out of focus. */
const FADED = 0.28;
const UNFOCUSED = 0.35;
/** Curves of so few points show each of them. */
const DOTTED = 30;
const DOT = 2;
/** Side of a NaN marker in CSS pixels. */
const MARK = 7;

/** Where to draw, in pixels of the canvas. */
export interface Canvas {
  pen: CanvasRenderingContext2D;
  /** Canvas pixels to a CSS pixel. */
  unit: number;
  box: { left: number; top: number; width: number; height: number };
  across: Scale;
  up: Scale;
  /** What the x-axis shows. */
  span: readonly [number, number];
  /** What the y-axis shows. */
  range: readonly [number, number];
}

/** Indices of the points in sight and of one beyond each end. */
export function visible({ xs }: Curve, [from, to]: readonly [number, number]): [number, number] {
  const start = Math.max(0, firstFrom(xs, from) - 1);
  let end = firstFrom(xs, to);
  while (end < xs.length && xs[end] === to) end++;
  return [start, Math.min(xs.length, end + 1)];
}

/** The curves, the smoothed ones above all raw ones, the one in focus on top. */
export function drawLines(canvas: Canvas, lines: readonly Line[], smoothed: boolean, focus: string | null): void {
  const { pen, unit, box } = canvas;
  pen.save();
  pen.beginPath();
  pen.rect(box.left, box.top, box.width, box.height);
  pen.clip();
  pen.lineJoin = "bevel";
  const ordered = focus === null ? lines : [...lines].sort((one, other) => Number(one.run === focus) - Number(other.run === focus));
  const alpha = (line: Line): number => (focus === null || line.run === focus ? 1 : UNFOCUSED);
  if (smoothed)
    for (const line of ordered) {
      pen.globalAlpha = FADED * alpha(line);
      pen.lineWidth = unit;
      pen.setLineDash([]);
      stroke(canvas, line, line.curve.raw);
    }
  for (const line of ordered) {
    pen.globalAlpha = alpha(line);
    pen.lineWidth = 1.5 * unit;
    pen.setLineDash(line.dash.map((length) => length * unit));
    stroke(canvas, line, line.curve.smoothed);
  }
  pen.restore();
}

function stroke(canvas: Canvas, { curve, colour }: Line, values: readonly number[]): void {
  const { pen, unit, across, up } = canvas;
  const [start, end] = visible(curve, canvas.span);
  pen.strokeStyle = colour;
  pen.beginPath();
  trace(pen, curve.xs, values, [start, end], across, up);
  pen.stroke();
  if (end - start > DOTTED) return;
  pen.fillStyle = colour;
  for (let index = start; index < end; index++) {
    const x = across(curve.xs[index] ?? NaN);
    const y = up(values[index] ?? NaN);
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    pen.beginPath();
    pen.arc(x, y, DOT * unit, 0, 2 * Math.PI);
    pen.fill();
  }
}

/** NaN and infinities as triangles on the top edge. */
export function drawBroken(canvas: Canvas, lines: readonly Line[]): void {
  const { pen, unit, box, across } = canvas;
  const half = (MARK * unit) / 2;
  for (const { curve, colour } of lines) {
    pen.fillStyle = colour;
    let last = NaN;
    for (const index of curve.broken) {
      const x = Math.round(across(curve.xs[index] ?? NaN));
      if (x === last || !(x >= box.left && x <= box.left + box.width)) continue;
      last = x;
      pen.beginPath();
      pen.moveTo(x - half, box.top);
      pen.lineTo(x + half, box.top);
      pen.lineTo(x, box.top + 2 * half);
      pen.fill();
    }
  }
}

/** What was clipped as short strokes on the edge beyond which it lies. */
export function drawClipped(canvas: Canvas, lines: readonly Line[]): void {
  const { pen, unit, box, across, range } = canvas;
  for (const { curve, colour } of lines) {
    pen.fillStyle = colour;
    const [start, end] = visible(curve, canvas.span);
    for (let index = start; index < end; index++) {
      const value = curve.raw[index] ?? NaN;
      const above = value > range[1] && value < Infinity;
      if (!above && !(value < range[0] && value > -Infinity)) continue;
      const x = across(curve.xs[index] ?? NaN);
      if (!(x >= box.left && x <= box.left + box.width)) continue;
      pen.fillRect(x - unit, above ? box.top : box.top + box.height - 5 * unit, 2 * unit, 5 * unit);
    }
  }
}
