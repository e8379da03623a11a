import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { controls } from "../controls.js";
import type { ExportedFile } from "../host.js";
import { clock, count, timeOfDay, value } from "../numbers.js";
import { define } from "../panel.js";
import { resolved } from "../tokens.js";
import { type Axis, nearest } from "./axes.js";
import { chartStyles, HEIGHT } from "./chart-styles.js";
import { toCsv, toSvg } from "./export.js";
import { bulk, type Window } from "./outliers.js";
import { type Line, Plot, type PlotWish } from "./plot.js";
import { plotStyles } from "./plot-styles.js";
import { type Pointed, readout, TOLD } from "./readout.js";
import { type Band, strip, type Tick } from "./strip.js";
import { valueTable } from "./table.js";

const AXIS_TITLES: Record<Axis, string> = {
  step: "step",
  relative: "time since the start",
  wall: "time of day",
};

/** One metric over the runs on show. */
export class InternChart extends LitElement {
  static override styles = [controls, plotStyles, chartStyles];

  static override properties = {
    metric: {},
    lines: { attribute: false },
    lacking: { attribute: false },
    pinned: {},
    axis: {},
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
    span: { state: true },
  };

  declare metric: string;
  declare lines: readonly Line[];
  /** Titles of runs on show that did not log this metric. */
  declare lacking: readonly string[];
  declare pinned: string | null;
  declare axis: Axis;
  declare logY: boolean;
  declare clip: boolean;
  declare smoothing: number;
  declare zoom: [number, number] | null;
  declare bands: readonly Band[];
  declare ticks: readonly Tick[];
  declare sync: string;
  /** Counts theme changes. */
  declare paint: number;
  private declare shownAll: boolean;
  private declare asTable: boolean;
  private declare readout: Pointed | null;
  private declare span: [number, number] | null;
  private plot: Plot | null = null;
  private drawn = "";
  private window: Window | null = null;
  private seen = false;
  private colours: Pick<PlotWish, "foreground" | "grid" | "font"> | null = null;
  private readonly sizes = new ResizeObserver(() => this.plot?.resize());
  private readonly sight = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    this.seen = true;
    this.sight.disconnect();
    this.requestUpdate();
  });

  constructor() {
    super();
    this.shownAll = false;
    this.asTable = false;
    this.readout = null;
    this.span = null;
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
    if (changed.has("lines") || changed.has("zoom") || changed.has("clip")) {
      const [from, to] = this.zoom ?? [-Infinity, Infinity];
      const near = this.lines.flatMap(({ curve }) =>
        curve.raw.filter((_, index) => {
          const x = curve.xs[index] ?? NaN;
          return x >= from && x <= to;
        }),
      );
      this.window = this.clip ? bulk(near) : null;
    }
  }

  override updated(): void {
    const place = this.renderRoot.querySelector<HTMLElement>(".plot");
    if (!place || !this.seen) {
      if (!place) this.forget();
      return;
    }
    const wish = this.wish();
    const structure = JSON.stringify([
      this.lines.map(({ run, colour, dash }) => [run, colour, dash]),
      wish.axis, wish.logY, wish.smoothed, wish.foreground, wish.grid, wish.font,
    ]);
    if (this.plot && structure === this.drawn) {
      if (this.given !== this.lines || this.givenZoom !== this.zoom || this.givenAll !== this.shownAll)
        this.plot.redraw(wish);
    } else {
      this.forget();
      this.plot = new Plot(place, wish, {
        zoomed: (range) => {
          this.tell("zoom", range);
        },
        pointed: (x, left) => {
          this.readout = x === null ? null : { x, left, byKey: false };
        },
        scaled: (range) => {
          if (this.span?.[0] === range[0] && this.span[1] === range[1]) return;
          // uPlot scales while this element updates; the strip follows in the next turn.
          queueMicrotask(() => {
            this.span = range;
          });
        },
      });
      this.drawn = structure;
    }
    [this.given, this.givenZoom, this.givenAll] = [this.lines, this.zoom, this.shownAll];
  }

  private given: readonly Line[] | null = null;
  private givenZoom: [number, number] | null = null;
  private givenAll = false;

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
      logY: this.logY,
      smoothed: this.smoothing > 0,
      clipped: this.shownAll ? null : this.window,
      zoom: this.zoom,
      sync: this.sync,
      height: HEIGHT,
    };
  }

  private tell(kind: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(kind, { detail, bubbles: true, composed: true }));
  }

  override render(): TemplateResult {
    const dropped = this.logY
      ? this.lines.reduce((sum, { curve }) => sum + curve.raw.filter((y) => y <= 0).length, 0)
      : 0;
    const broken = this.lines.reduce(
      (sum, { curve }) => sum + curve.raw.filter((y) => !Number.isFinite(y)).length,
      0,
    );
    const outside = this.logY ? 0 : (this.window?.outside ?? 0);
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
          <button class="link" aria-label="Save ${this.metric} as CSV" @click=${this.saveCsv}>CSV</button>
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
            <div class="strip">${this.stripBelow()}</div>`}
      ${this.readout ? this.readoutBox(this.readout) : nothing}
      <div class="notes muted">
        ${outside
          ? html`<span
              >${this.shownAll ? "All points shown" : `${count(outside, "point")} outside`},
              <button class="link" @click=${() => (this.shownAll = !this.shownAll)}>
                ${this.shownAll ? "clip" : "show"}
              </button></span
            >`
          : nothing}
        ${broken
          ? html`<span class="critical">▼ ${count(broken, "value")} not finite</span>`
          : nothing}
        ${dropped ? html`<span>${count(dropped, "value")} at or below 0 not on a log axis</span>` : nothing}
        ${this.lacking.length
          ? html`<span title=${this.lacking.join("\n")}
              >Not logged by ${this.lacking.length > 2 ? count(this.lacking.length, "run") : this.lacking.join(" and ")}</span
            >`
          : nothing}
      </div>
    `;
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

  private stripBelow(): TemplateResult | typeof nothing {
    const { span } = this;
    if (!span || span[1] <= span[0]) return nothing;
    return strip(this.lines, this.bands, this.ticks, span, (kind, detail) => {
      this.tell(kind, detail);
    });
  }

  private readoutBox(pointed: Pointed): TemplateResult {
    return readout(this.lines, pointed, {
      pinned: this.pinned,
      smoothed: this.smoothing > 0,
      width: this.clientWidth,
      whereabouts: (line, index) =>
        this.axis === "step"
          ? timeOfDay(line.curve.times[index] ?? NaN)
          : this.placeName(line.curve.xs[index] ?? NaN),
    });
  }

  private key = (event: KeyboardEvent): void => {
    const { span } = this;
    if (!span) return;
    const [from, to] = span;
    const wide = to - from;
    const middle = this.readout?.x ?? (from + to) / 2;
    const turn = (range: [number, number] | null): void => {
      this.tell("zoom", range);
    };
    const step = event.key === "ArrowLeft" ? -1 : 1;
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      if (event.shiftKey) turn([from + (step * wide) / 10, to + (step * wide) / 10]);
      else this.moveCursor(middle, step);
    } else if (event.key === "+" || event.key === "=") turn([middle - wide / 4, middle + wide / 4]);
    else if (event.key === "-") turn([middle - wide, middle + wide]);
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

  private save(type: ExportedFile["type"], content: Blob): void {
    const end = type === "text/csv" ? "csv" : type === "image/png" ? "png" : "svg";
    const name = `${this.metric.replaceAll(/[^\w.-]+/g, "_")}.${end}`;
    this.tell("export", { name, type, content } satisfies ExportedFile);
  }

  private saveCsv = (): void => {
    this.save("text/csv", new Blob([toCsv(this.metric, this.lines)], { type: "text/csv" }));
  };

  private saveSvg = (): void => {
    const y = this.plot?.u.scales.y;
    const svg = toSvg(
      {
        title: this.metric,
        xLabel: AXIS_TITLES[this.axis],
        x: this.span ?? [0, 1],
        y: [y?.min ?? 0, y?.max ?? 1],
        logY: this.logY,
        foreground: resolved(this, "--intern-foreground"),
        background: resolved(this, "--intern-background"),
      },
      this.lines.map((line) => ({ ...line, run: line.title })),
    );
    this.save("image/svg+xml", new Blob([svg], { type: "image/svg+xml" }));
  };

  private savePng = (): void => {
    const drawn = this.plot?.u.ctx.canvas;
    if (!drawn) return;
    const unit = drawn.width / this.clientWidth;
    const page = this.ownerDocument.createElement("canvas");
    const row = 16 * unit;
    page.width = drawn.width;
    page.height = drawn.height + row * (this.lines.length + 2);
    const pen = page.getContext("2d");
    if (!pen) return;
    pen.fillStyle = resolved(this, "--intern-background");
    pen.fillRect(0, 0, page.width, page.height);
    pen.fillStyle = resolved(this, "--intern-foreground");
    pen.font = `${12 * unit}px ${getComputedStyle(this).fontFamily}`;
    pen.fillText(this.metric, 12 * unit, row);
    pen.drawImage(drawn, 0, 1.5 * row);
    this.lines.forEach((line, index) => {
      const y = drawn.height + row * (index + 2.3);
      pen.fillStyle = line.colour;
      pen.fillRect(12 * unit, y - 5 * unit, 12 * unit, 3 * unit);
      pen.fillStyle = resolved(this, "--intern-foreground");
      pen.fillText(line.title, 30 * unit, y);
    });
    page.toBlob((blob) => {
      if (blob) this.save("image/png", blob);
    }, "image/png");
  };
}

define("intern-chart", InternChart);
