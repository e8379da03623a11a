import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { controls } from "../controls.js";
import type { ExportedFile } from "../host.js";
import { clock, count, timeOfDay, value } from "../numbers.js";
import { define } from "../panel.js";
import { resolved } from "../tokens.js";
import { type Axis, AXIS_TITLES, nearest } from "./axes.js";
import { chartStyles, HEIGHT } from "./chart-styles.js";
import { coinciding } from "./coinciding.js";
import type { Span } from "./details.js";
import { visible } from "./drawing.js";
import { bulk, type Window } from "./outliers.js";
import { toPng, toVector } from "./pictures.js";
import { type Line, Plot, type PlotWish } from "./plot.js";
import { plotStyles } from "./plot-styles.js";
import { type Pointed, readout, TOLD } from "./readout.js";
import { extent } from "./scale.js";
import { shifted, stretched } from "./spans.js";
import { type Band, strip, type Tick } from "./strip.js";
import { valueTable } from "./table.js";

/** One metric over the runs on show. */
export class InternChart extends LitElement {
  static override styles = [controls, plotStyles, chartStyles];

  static override properties = {
    metric: {},
    lines: { attribute: false },
    lacking: { attribute: false },
    pinned: {},
    pointedRun: {},
    axis: {},
    logX: { attribute: false },
    logY: { attribute: false },
    clip: { attribute: false },
    smoothing: { attribute: false },
    zoom: { attribute: false },
    bands: { attribute: false },
    ticks: { attribute: false },
    sync: {},
    paint: { attribute: false },
    shownAll: { state: true },
    asTable: { state: true },
    readout: { state: true },
  };

  declare metric: string;
  declare lines: readonly Line[];
  /** Titles of runs on show that did not log this metric. */
  declare lacking: readonly string[];
  declare pinned: string | null;
  /** The run that is pointed at in the list. */
  declare pointedRun: string | null;
  declare axis: Axis;
  declare logX: boolean;
  declare logY: boolean;
  declare clip: boolean;
  declare smoothing: number;
  declare zoom: Span | null;
  declare bands: readonly Band[];
  declare ticks: readonly Tick[];
  declare sync: string;
  /** Counts theme changes. */
  declare paint: number;
  private declare shownAll: boolean;
  private declare asTable: boolean;
  private declare readout: Pointed | null;
  private plot: Plot | null = null;
  private drawn = "";
  private window: Window | null = null;
  private span: Span = [0, 1];
  private under = new Map<string, string[]>();
  private broken = 0;
  private nonPositive = 0;
  private seen = false;
  private colours: Pick<PlotWish, "foreground" | "grid" | "font"> | null = null;
  private readonly sizes = new ResizeObserver(() => this.plot?.resize());
  private readonly sight = new IntersectionObserver((entries) => {
    const inSight = entries.at(-1)?.isIntersecting === true;
    this.tell("sight", { metric: this.metric, inSight });
    if (!inSight || this.seen) return;
    this.seen = true;
    this.requestUpdate();
  });

  constructor() {
    super();
    this.shownAll = false;
    this.asTable = false;
    this.readout = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.sizes.observe(this);
    this.sight.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.sizes.disconnect();
    this.sight.disconnect();
    this.forget();
  }

  private forget(): void {
    this.plot?.destroy();
    this.plot = null;
    this.drawn = "";
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("paint")) this.colours = null;
    if (changed.has("clip")) this.shownAll = false;
    if (changed.has("lines")) {
      this.under = coinciding(this.lines);
      this.broken = this.lines.reduce((sum, { curve }) => sum + curve.broken.length, 0);
    }
    if (changed.has("lines") || changed.has("logY"))
      this.nonPositive = this.logY ? this.lines.reduce((sum, { curve }) => sum + curve.raw.filter((y) => y <= 0).length, 0) : 0;
    if (changed.has("lines") || changed.has("zoom") || changed.has("clip") || changed.has("logX")) {
      this.span = this.zoom ?? whole(this.lines, this.logX);
      const inSight = this.lines.map(({ curve }) => {
        const [start, end] = visible(curve, this.span);
        return { values: curve.raw, start, end };
      });
      this.window = this.clip ? bulk(inSight) : null;
    }
  }

  override updated(): void {
    const place = this.renderRoot.querySelector<HTMLElement>(".plot");
    if (!place || !this.seen) {
      if (!place) this.forget();
      return;
    }
    const wish = this.wish();
    const structure = JSON.stringify([wish.axis, wish.logX, wish.logY, wish.foreground, wish.grid, wish.font]);
    if (this.plot && structure === this.drawn) {
      if (!this.given || differ(this.given, wish)) this.plot.redraw(wish);
    } else {
      this.forget();
      this.plot = new Plot(place, wish, {
        zoomed: (range) => {
          this.tell("zoom", range);
        },
        pointed: (x, left) => {
          this.readout = x === null ? null : { x, left, byKey: false };
        },
      });
      this.drawn = structure;
    }
    this.given = wish;
  }

  private given: PlotWish | null = null;

  private wish(): PlotWish {
    // Asking the browser costs a style pass; a pointer that moves asks often.
    this.colours ??= {
      foreground: resolved(this, "--intern-muted"),
      grid: resolved(this, "--intern-grid"),
      font: `11px ${getComputedStyle(this).fontFamily}`,
    };
    return {
      ...this.colours,
      lines: this.lines,
      axis: this.axis,
      logX: this.logX,
      logY: this.logY,
      smoothed: this.smoothing > 0,
      clipped: this.shownAll ? null : this.window,
      span: this.span,
      focus: this.pointedRun,
      sync: this.sync,
      height: HEIGHT,
    };
  }

  private tell(kind: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(kind, { detail, bubbles: true, composed: true }));
  }

  override render(): TemplateResult {
    return html`
      <header>
        <h3>${this.metric}</h3>
        <span class="tools">
          <button
            class="link"
            aria-pressed=${this.asTable}
            @click=${() => (this.asTable = !this.asTable)}
          >
            ${this.asTable ? "Chart" : "Table"}
          </button>
          <button class="link" aria-label="Save ${this.metric} as CSV" @click=${() => {
            this.tell("csv", this.metric);
          }}>CSV</button>
          <button class="link" aria-label="Save ${this.metric} as PNG" @click=${this.savePng}>PNG</button>
          <button class="link" aria-label="Save ${this.metric} as SVG" @click=${this.saveSvg}>SVG</button>
        </span>
      </header>
      ${this.asTable
        ? html`<div class="table" tabindex="0" role="region" aria-label="Values of ${this.metric}">
            ${valueTable(this.metric, AXIS_TITLES[this.axis], this.lines, (x) => this.placeName(x))}
          </div>`
        : html`<div
              class="plot"
              tabindex="0"
              role="group"
              aria-roledescription="chart"
              aria-label=${this.summary()}
              @keydown=${this.key}
              @blur=${() => (this.readout = null)}
            ></div>
            <div class="strip">
              ${strip(this.lines, this.bands, this.ticks, this.span, this.logX, (kind, detail) => {
                this.tell(kind, detail);
              })}
            </div>`}
      ${this.readout ? this.readoutBox(this.readout) : nothing}
      <div class="notes muted">${this.notes()}</div>
    `;
  }

  private notes(): TemplateResult {
    const outside = this.logY ? 0 : (this.window?.outside ?? 0);
    const thinned = this.lines.some(({ curve }) => curve.thinned);
    const least = thinned ? "at least " : "";
    const [first] = this.lacking;
    return html`${outside
      ? html`<span
          >${this.shownAll ? "All points shown" : `${least}${count(outside, "point")} outside`},
          <button class="link" @click=${() => (this.shownAll = !this.shownAll)}>
            ${this.shownAll ? "clip" : "show"}
          </button></span
        >`
      : nothing}
    ${this.broken
      ? html`<span class="critical">▼ ${least}${count(this.broken, "value")} not finite</span>`
      : nothing}
    ${this.nonPositive
      ? html`<span>${least}${count(this.nonPositive, "value")} at or below 0 not on a log axis</span>`
      : nothing}
    ${[...this.under].map(([top, under]) => html`<span>Under ${top}, with the same values: ${under.join("; ")}</span>`)}
    ${first === undefined
      ? nothing
      : html`<span title=${this.lacking.join("\n")}
          >${this.axis === "tokens" ? "Not logged, or no tokens counted, by" : "Not logged by"} ${this.lacking.length > 2 ? count(this.lacking.length, "run") : this.lacking.join(" and ")}</span
        >`}`;
  }

  private placeName(x: number): string {
    if (this.axis === "relative") return clock(x);
    return this.axis === "wall" ? timeOfDay(x) : value(Math.round(x * 100) / 100);
  }

  private summary(): string {
    const runs = this.lines.slice(0, TOLD).map(({ title, curve }) => {
      const last = curve.raw.at(-1);
      return `${title}: last ${last === undefined ? "none" : value(last)}`;
    });
    return `${this.metric} over ${AXIS_TITLES[this.axis]}, ${count(this.lines.length, "run")}. ${runs.join("; ")}. Arrow keys move, plus and minus zoom, 0 resets.`;
  }

  private readoutBox(pointed: Pointed): TemplateResult {
    return readout(this.lines, pointed, {
      pinned: this.pinned,
      smoothed: this.smoothing > 0,
      width: this.clientWidth,
      whereabouts: (line, index) =>
        this.axis === "step" || this.axis === "tokens"
          ? timeOfDay(line.curve.times[index] ?? NaN)
          : this.placeName(line.curve.xs[index] ?? NaN),
    });
  }

  private key = (event: KeyboardEvent): void => {
    const { span, logX } = this;
    const middle = this.readout?.x ?? stretched(span, null, 0, logX)[0];
    const turn = (range: Span | null): void => {
      this.tell("zoom", range);
    };
    const step = event.key === "ArrowLeft" ? -1 : 1;
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      if (event.shiftKey) turn(shifted(span, step / 10, logX));
      else this.moveCursor(middle, step);
    } else if (event.key === "+" || event.key === "=") turn(stretched(span, middle, 0.5, logX));
    else if (event.key === "-") turn(stretched(span, middle, 2, logX));
    else if (event.key === "0" || event.key === "Escape") turn(null);
    else return;
    event.preventDefault();
  };

  /** To the next point of the pinned run, or of the first. */
  private moveCursor(x: number, by: number): void {
    const line = this.lines.find(({ run }) => run === this.pinned) ?? this.lines[0];
    if (!line || !this.plot) return;
    const xs = line.curve.xs;
    const index = this.readout ? nearest(xs, x) + by : nearest(xs, x);
    const place = xs[Math.min(xs.length - 1, Math.max(0, index))];
    if (place === undefined) return;
    this.plot.pointAt(place);
    if (this.readout) this.readout = { ...this.readout, byKey: true };
  }

  private save(end: "png" | "svg", type: ExportedFile["type"], content: Blob): void {
    this.tell("export", { name: fileName(this.metric, end), type, content } satisfies ExportedFile);
  }

  private saveSvg = (): void => {
    if (!this.plot) return;
    const what = { title: this.metric, xLabel: AXIS_TITLES[this.axis], logX: this.logX, logY: this.logY };
    this.save("svg", "image/svg+xml", toVector(this, this.plot, this.lines, what));
  };

  private savePng = async (): Promise<void> => {
    const picture = this.plot && (await toPng(this, this.metric, this.plot, this.lines));
    if (picture) this.save("png", "image/png", picture);
  };
}

/** A metric's name as a file may be named. */
export function fileName(metric: string, end: string): string {
  return `${metric.replaceAll(/[^\w.-]+/g, "_")}.${end}`;
}

/** All that the lines reach over, with some room around a lone point. */
function whole(lines: readonly Line[], log: boolean): Span {
  let low = Infinity;
  let high = -Infinity;
  for (const { curve } of lines) {
    const found = extent(curve.xs, 0, curve.xs.length, log);
    if (found) [low, high] = [Math.min(low, found[0]), Math.max(high, found[1])];
  }
  if (low > high) return log ? [1, 10] : [0, 1];
  if (low === high) return log ? [low / 2, high * 2] : [low - 1, high + 1];
  return [low, high];
}

function differ(one: PlotWish, other: PlotWish): boolean {
  return (Object.keys(other) as (keyof PlotWish)[]).some((name) => one[name] !== other[name]);
}

define("intern-chart", InternChart);
