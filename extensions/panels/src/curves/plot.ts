import uPlot from "uplot";
import { clock, value as told } from "../numbers.js";
import { type Axis, type Curve, nearest } from "./axes.js";
import { type Canvas, drawBroken, drawClipped, drawLines, visible } from "./drawing.js";
import type { Window } from "./outliers.js";
import { extent, scaled } from "./scale.js";
import { shifted } from "./spans.js";

/** Width of the y-axis in CSS pixels, the same in all charts, so that their x-axes line up. */
export const LEFT = 60;
export const RIGHT = 20;
const TOP = 12;
const BOTTOM = 26;
/** CSS pixels within which the pointer puts a line in focus. */
const NEAR = 20;

/** One run in a chart. */
export interface Line {
  run: string;
  title: string;
  /** Name of the theme variable of its colour. */
  variable: string;
  /** The same colour, resolved for a canvas. */
  colour: string;
  dash: readonly number[];
  curve: Curve;
}

export interface PlotWish {
  lines: readonly Line[];
  axis: Axis;
  logX: boolean;
  logY: boolean;
  smoothed: boolean;
  clipped: Window | null;
  /** What the x-axis is to show. */
  span: readonly [number, number];
  /** A run that is pointed at elsewhere. */
  focus: string | null;
  /** Charts with the same key share their cross-hair. */
  sync: string;
  foreground: string;
  grid: string;
  font: string;
  height: number;
}

export interface PlotListener {
  zoomed(range: [number, number] | null): void;
  /** x in the units of the axis; null: the pointer left. */
  pointed(x: number | null, left: number): void;
}

/** The canvas of one chart: axes, cross-hair and selection are uPlot's, the curves are ours. */
export class Plot {
  readonly u: uPlot;
  private hovered = false;
  private focus: string | null = null;

  constructor(
    private readonly place: HTMLElement,
    private wish: PlotWish,
    private readonly listener: PlotListener,
  ) {
    // uPlot joins curves on one x, which 20 curves of their own steps make slow; it gets the ends.
    this.u = new uPlot(this.options(), [[...wish.span], [null, null]], place);
    this.u.over.addEventListener("mouseenter", () => {
      this.hovered = true;
    });
    this.u.over.addEventListener("mouseleave", () => {
      this.hovered = false;
      this.refocus(null);
      listener.pointed(null, 0);
    });
    this.show();
  }

  /** New points or another stretch of the same kind of chart. */
  redraw(wish: PlotWish): void {
    this.wish = wish;
    this.show();
  }

  /** Sizes to the place that it has. */
  resize(): void {
    const width = this.place.clientWidth;
    if (width > 0 && width !== this.u.width) this.u.setSize({ width, height: this.wish.height });
  }

  /** Move the cross-hair to x, as the keyboard does. */
  pointAt(x: number): void {
    const left = this.u.valToPos(x, "x");
    this.u.setCursor({ left, top: this.u.over.clientHeight / 2 });
    this.listener.pointed(x, left);
  }

  destroy(): void {
    this.u.destroy();
  }

  private show(): void {
    const [min, max] = this.wish.span;
    this.u.batch(() => {
      this.u.setData([[min, max], [null, null]], false);
      this.u.setScale("x", { min, max });
    });
  }

  private options(): uPlot.Options {
    const { wish } = this;
    const axis = {
      stroke: wish.foreground,
      font: wish.font,
      grid: { stroke: wish.grid, width: 1 },
      ticks: { stroke: wish.grid, width: 1, size: 4 },
    };
    const x: uPlot.Axis = { ...axis, size: BOTTOM };
    if (wish.axis !== "wall")
      x.values = (_u, splits) =>
        splits.map((split) => ((split as number | null) === null ? "" : wish.axis === "relative" ? clock(split) : told(split)));
    return {
      width: Math.max(this.place.clientWidth, 120),
      height: wish.height,
      padding: [TOP, RIGHT, 0, 0],
      legend: { show: false },
      cursor: {
        sync: { key: wish.sync, setSeries: false, scales: ["x", null] },
        drag: { x: true, y: false, setScale: false },
        y: false,
        points: { show: false },
        bind: {
          mousedown: (_u, _target, handler) => (event) => {
            if (event.shiftKey && event.button === 0) this.pan(event);
            else handler(event);
            return null;
          },
          dblclick: () => () => {
            this.listener.zoomed(null);
            return null;
          },
        },
      },
      scales: {
        x: { time: wish.axis === "wall", ...distribution(wish.logX), range: (_u, low, high) => [low, high] },
        y: { ...distribution(wish.logY), range: () => this.range() },
      },
      axes: [
        x,
        {
          ...axis,
          size: LEFT,
          values: (_u, splits) => splits.map((split) => ((split as number | null) === null ? "" : told(split))),
        },
      ],
      series: [{}, { paths: () => null, points: { show: false } }],
      hooks: {
        setSelect: [
          (u) => {
            const { left, width } = u.select;
            if (width < 4) return;
            this.listener.zoomed([u.posToVal(left, "x"), u.posToVal(left + width, "x")]);
            u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          },
        ],
        setCursor: [
          (u) => {
            const left = u.cursor.left ?? -1;
            if (!this.hovered || left < 0) return;
            this.refocus(this.lineNear(left, u.cursor.top ?? 0));
            this.listener.pointed(u.posToVal(left, "x"), left);
          },
        ],
        draw: [
          (u) => {
            this.draw(u);
          },
        ],
      },
    };
  }

  /** What the y-axis has to hold for the stretch in sight. */
  private range(): uPlot.Range.MinMax {
    const { lines, span, clipped, logY, smoothed } = this.wish;
    if (clipped && !logY) return uPlot.rangeNum(clipped.low, clipped.high, 0.05, true);
    let low = Infinity;
    let high = -Infinity;
    for (const { curve } of lines) {
      const [start, end] = visible(curve, span);
      for (const values of smoothed ? [curve.raw, curve.smoothed] : [curve.raw]) {
        const found = extent(values, start, end, logY);
        if (!found) continue;
        low = Math.min(low, found[0]);
        high = Math.max(high, found[1]);
      }
    }
    if (low > high) return logY ? [0.1, 1] : [0, 1];
    if (logY) return uPlot.rangeLog(low, high, 10, false);
    if (low === high) return [low - Math.abs(low || 1) / 2, high + Math.abs(high || 1) / 2];
    return uPlot.rangeNum(low, high, 0.08, false);
  }

  private draw(u: uPlot): void {
    const { lines, span, logX, logY, clipped, smoothed, focus } = this.wish;
    const { min, max } = u.scales.y ?? {};
    if (typeof min !== "number" || typeof max !== "number") return;
    const { left, top, width, height } = u.bbox;
    const canvas: Canvas = {
      pen: u.ctx,
      unit: uPlot.pxRatio,
      box: u.bbox,
      across: scaled(span[0], span[1], left, left + width, logX),
      up: scaled(min, max, top + height, top, logY),
      span,
      range: [min, max],
    };
    u.ctx.save();
    drawLines(canvas, lines, smoothed, this.focus ?? focus);
    if (clipped && !logY) drawClipped(canvas, lines);
    drawBroken(canvas, lines);
    u.ctx.restore();
  }

  private refocus(run: string | null): void {
    if (run === this.focus) return;
    this.focus = run;
    this.u.redraw(false, false);
  }

  /** The run whose curve passes near the pointer. */
  private lineNear(left: number, top: number): string | null {
    if (this.wish.lines.length < 2) return null;
    const x = this.u.posToVal(left, "x");
    let near: string | null = null;
    let least = NEAR;
    for (const { run, curve } of this.wish.lines) {
      const away = Math.abs(this.u.valToPos(curve.smoothed[nearest(curve.xs, x)] ?? NaN, "y") - top);
      if (away < least) [near, least] = [run, away];
    }
    return near;
  }

  private pan(event: MouseEvent): void {
    const page = this.place.ownerDocument;
    const width = this.u.over.clientWidth;
    const { span, logX } = this.wish;
    const moved = (move: MouseEvent): void => {
      this.listener.zoomed(shifted(span, (event.clientX - move.clientX) / width, logX));
    };
    const ended = (): void => {
      page.removeEventListener("mousemove", moved);
      page.removeEventListener("mouseup", ended);
    };
    page.addEventListener("mousemove", moved);
    page.addEventListener("mouseup", ended);
  }
}

function distribution(log: boolean): Pick<uPlot.Scale, "distr"> {
  // uPlot declares these numbers as a const enum, which isolated modules cannot read.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
  return { distr: log ? 3 : 1 };
}
