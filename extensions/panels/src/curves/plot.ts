import uPlot from "uplot";
import { clock, value as told } from "../numbers.js";
import type { Axis, Curve } from "./axes.js";
import type { Window } from "./outliers.js";

/** Width of the y-axis in CSS pixels, the same in all charts, so that their x-axes line up. */
export const LEFT = 60;
export const RIGHT = 20;
const TOP = 12;
const BOTTOM = 26;
/** Opacity of the values themselves behind their smoothed curve. */
const FADED = 0.28;
/** Side of a NaN marker in CSS pixels. */
const MARK = 7;

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
  logY: boolean;
  smoothed: boolean;
  clipped: Window | null;
  zoom: readonly [number, number] | null;
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
  scaled(range: [number, number]): void;
}

/** The canvas of one chart: a thin layer over uPlot. */
export class Plot {
  readonly u: uPlot;
  private hovered = false;

  constructor(
    private readonly place: HTMLElement,
    private wish: PlotWish,
    private readonly listener: PlotListener,
  ) {
    this.u = new uPlot(this.options(), joined(wish), place);
    this.u.over.addEventListener("mouseenter", () => {
      this.hovered = true;
    });
    this.u.over.addEventListener("mouseleave", () => {
      this.hovered = false;
      listener.pointed(null, 0);
    });
    this.applyZoom();
  }

  /** New points of the same lines. */
  redraw(wish: PlotWish): void {
    this.wish = wish;
    this.u.setData(joined(wish), false);
    this.applyZoom();
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

  private applyZoom(): void {
    const xs = this.u.data[0];
    const [min, max] = this.wish.zoom ?? [xs[0] ?? 0, xs.at(-1) ?? 1];
    this.u.setScale("x", max > min ? { min, max } : { min: min - 1, max: max + 1 });
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
    if (wish.axis === "relative") x.values = (_u, splits) => splits.map(clock);
    return {
      width: Math.max(this.place.clientWidth, 120),
      height: wish.height,
      padding: [TOP, RIGHT, 0, 0],
      legend: { show: false },
      focus: { alpha: 0.35 },
      cursor: {
        sync: { key: wish.sync, setSeries: false, scales: ["x", null] },
        drag: { x: true, y: false, setScale: false },
        focus: { prox: 20 },
        y: false,
        points: { size: 6 },
        dataIdx: nearestWithValue,
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
        x: { time: wish.axis === "wall" },
        y: {
          ...distribution(wish.logY),
          range: (u, low, high) => this.rangeOfY(u, low, high),
        },
      },
      axes: [
        x,
        {
          ...axis,
          size: LEFT,
          values: (_u, splits) => splits.map((split) => ((split as number | null) === null ? "" : told(split))),
        },
      ],
      series: [{}, ...wish.lines.flatMap((line) => strokes(line, wish.smoothed))],
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
            if (this.hovered && left >= 0) this.listener.pointed(u.posToVal(left, "x"), left);
          },
        ],
        setScale: [
          (u, scale) => {
            const { min, max } = u.scales.x ?? {};
            if (scale === "x" && min !== undefined && max !== undefined)
              this.listener.scaled([min, max]);
          },
        ],
        draw: [
          (u) => {
            this.drawMarks(u);
          },
        ],
      },
    };
  }

  private rangeOfY(_u: uPlot, low: number | null, high: number | null): uPlot.Range.MinMax {
    const { clipped, logY } = this.wish;
    if (low === null || high === null) return logY ? [0.1, 1] : [0, 1];
    if (clipped && !logY) return uPlot.rangeNum(clipped.low, clipped.high, 0.05, true);
    if (logY) return uPlot.rangeLog(low, high, 10, false);
    if (low === high) return [low - Math.abs(low || 1) / 2, high + Math.abs(high || 1) / 2];
    return uPlot.rangeNum(low, high, 0.08, false);
  }

  /** NaN and infinities as triangles on the top edge; what was clipped as strokes on its edge. */
  private drawMarks(u: uPlot): void {
    const { ctx, bbox } = u;
    const unit = uPlot.pxRatio;
    const clipped = this.wish.logY ? null : this.wish.clipped;
    const scale = u.scales.y;
    ctx.save();
    for (const { curve, colour } of this.wish.lines) {
      ctx.fillStyle = colour;
      curve.raw.forEach((value, index) => {
        const finite = Number.isFinite(value);
        if (finite && !clipped) return;
        const place = curve.xs[index] ?? NaN;
        const x = u.valToPos(place, "x", true);
        if (!(x >= bbox.left && x <= bbox.left + bbox.width)) return;
        if (!finite) {
          const half = (MARK * unit) / 2;
          ctx.beginPath();
          ctx.moveTo(x - half, bbox.top);
          ctx.lineTo(x + half, bbox.top);
          ctx.lineTo(x, bbox.top + 2 * half);
          ctx.fill();
        } else if (scale?.max !== undefined && value > scale.max) {
          ctx.fillRect(x - unit, bbox.top, 2 * unit, 5 * unit);
        } else if (scale?.min !== undefined && value < scale.min) {
          ctx.fillRect(x - unit, bbox.top + bbox.height - 5 * unit, 2 * unit, 5 * unit);
        }
      });
    }
    ctx.restore();
  }

  private pan(event: MouseEvent): void {
    const { min, max } = this.u.scales.x ?? {};
    if (min === undefined || max === undefined) return;
    event.preventDefault();
    const perPixel = (max - min) / this.u.over.clientWidth;
    const page = this.place.ownerDocument;
    const moved = (move: MouseEvent): void => {
      const by = (event.clientX - move.clientX) * perPixel;
      this.listener.zoomed([min + by, max + by]);
    };
    const ended = (): void => {
      page.removeEventListener("mousemove", moved);
      page.removeEventListener("mouseup", ended);
    };
    page.addEventListener("mousemove", moved);
    page.addEventListener("mouseup", ended);
  }
}

function distribution(logY: boolean): Pick<uPlot.Scale, "distr"> {
  // uPlot declares these numbers as a const enum, which isolated modules cannot read.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
  return { distr: logY ? 3 : 1 };
}

function strokes(line: Line, smoothed: boolean): uPlot.Series[] {
  const style = { stroke: line.colour, width: 1.5, dash: [...line.dash] };
  const lone = (u: uPlot, index: number): boolean =>
    (u.data[index] ?? []).filter((value) => typeof value === "number").length <= 30;
  const points = { show: lone, size: 4, fill: line.colour };
  if (!smoothed) return [{ ...style, points }];
  return [
    { ...style, alpha: FADED, width: 1, dash: [], points: { show: false } },
    { ...style, points },
  ];
}

/** Curves of different runs on one x. uPlot takes null as a gap and undefined as nothing logged. */
function joined(wish: PlotWish): uPlot.AlignedData {
  const drawable = (values: readonly number[]): (number | null)[] =>
    values.map((value) => (Number.isFinite(value) && !(wish.logY && value <= 0) ? value : null));
  if (!wish.lines.length) return [[]];
  return uPlot.join(
    wish.lines.map(({ curve }) =>
      wish.smoothed
        ? [curve.xs, drawable(curve.raw), drawable(curve.smoothed)]
        : [curve.xs, drawable(curve.raw)],
    ),
  );
}

/** The joined x of the nearest value that this series has. */
function nearestWithValue(u: uPlot, series: number, index: number): number {
  const values = u.data[series] ?? [];
  for (let away = 0; away < values.length; away++) {
    if (typeof values[index - away] === "number") return index - away;
    if (typeof values[index + away] === "number") return index + away;
  }
  return index;
}
