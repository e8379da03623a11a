import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { controls } from "../controls.js";
import type { ExportedFile } from "../host.js";
import { clock, count, delta, timeOfDay, value } from "../numbers.js";
import { define } from "../panel.js";
import { placed } from "../placed.js";
import type { Place, Severity } from "../protocol.js";
import { resolved } from "../tokens.js";
import { type Axis, nearest, placeOfStep } from "./axes.js";
import { toCsv, toSvg } from "./export.js";
import { bulk, type Window } from "./outliers.js";
import { LEFT, type Line, Plot, type PlotWish, RIGHT } from "./plot.js";
import { plotStyles } from "./plot-styles.js";
import { valueTable } from "./table.js";

/** A finding of a run on show. */
export interface Band {
  run: string;
  rule: string;
  severity: Severity;
  title: string;
  steps: [number, number];
  place: Place | null;
}

/** Where a run with a commit ended. */
export interface Tick {
  run: string;
  commit: string;
  title: string;
  variable: string;
}

const HEIGHT = 200;
/** Rows of finding bands below a chart; the diagnosis panel has them all. */
const LANES = 3;
/** Runs in the read-out at the cross-hair, nearest first. */
const TOLD = 8;

const AXIS_TITLES: Record<Axis, string> = {
  step: "step",
  relative: "time since the start",
  wall: "time of day",
};

/** One metric over the runs on show. */
export class InternChart extends LitElement {
  static override styles = [controls, plotStyles, css`
    :host {
      border: 1px solid var(--intern-border);
      border-radius: 4px;
      min-width: 0;
      position: relative;
    }
    header {
      display: flex;
      align-items: baseline;
      gap: 8px;
      padding: 6px 12px 0;
    }
    h3 {
      overflow-wrap: anywhere;
      flex: 1;
    }
    .tools {
      display: flex;
      gap: 6px;
      flex: none;
      opacity: 0.001;
    }
    :host(:hover) .tools,
    :host(:focus-within) .tools {
      opacity: 1;
    }
    .tools button {
      min-height: 20px;
      font-size: 0.9em;
    }
    .plot {
      height: ${HEIGHT}px;
    }
    .strip {
      position: relative;
      margin: 0 ${RIGHT}px 4px ${LEFT}px;
    }
    .lane {
      position: relative;
      height: 14px;
    }
    .lane button {
      position: absolute;
      top: 2px;
      height: 10px;
      min-height: 0;
      min-width: 6px;
      padding: 0;
      border: none;
      border-radius: 2px;
      background: currentColor;
      opacity: 0.75;
    }
    .lane button:hover,
    .lane button:focus-visible {
      opacity: 1;
    }
    .lane .tick {
      width: 3px;
      min-width: 3px;
      top: 0;
      height: 12px;
      margin-left: -1px;
      border-radius: 1px;
      opacity: 1;
    }
    .notes {
      display: flex;
      flex-wrap: wrap;
      gap: 0 16px;
      padding: 0 12px 6px;
      min-height: 8px;
      font-size: 0.92em;
    }
    .readout {
      position: absolute;
      top: 32px;
      z-index: 2;
      pointer-events: none;
      background: var(--intern-raised);
      border: 1px solid var(--intern-border);
      border-radius: 3px;
      padding: 4px 8px;
      font-size: 0.92em;
      white-space: nowrap;
    }
    .readout td,
    .readout th {
      padding: 0 0 0 10px;
      text-align: right;
      font-weight: normal;
    }
    .readout td:first-child,
    .readout th:first-child {
      padding: 0;
      text-align: left;
    }
    .swatch {
      display: inline-block;
      width: 10px;
      height: 3px;
      margin-right: 6px;
      vertical-align: middle;
      background: currentColor;
    }
    .table {
      max-height: ${HEIGHT}px;
      overflow: auto;
      padding: 0 12px;
    }
  `];

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
  private declare readout: { x: number; left: number; byKey: boolean } | null;
  private declare span: [number, number] | null;
  private plot: Plot | null = null;
  private drawn = "";
  private window: Window | null = null;
  private seen = false;
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
    const { fontFamily } = getComputedStyle(this);
    return {
      lines: this.lines,
      axis: this.axis,
      logY: this.logY,
      smoothed: this.smoothing > 0,
      clipped: this.shownAll ? null : this.window,
      zoom: this.zoom,
      sync: this.sync,
      foreground: resolved(this, "--intern-muted"),
      grid: resolved(this, "--intern-grid"),
      font: `11px ${fontFamily}`,
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
            <div class="strip">${this.strip()}</div>`}
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

  /** Findings as bands, one lane a rule, the worst first; below them where each commit ended. */
  private strip(): TemplateResult | typeof nothing {
    const { span } = this;
    if (!span || span[1] <= span[0]) return nothing;
    const share = (x: number): number =>
      Math.min(100, Math.max(0, (100 * (x - span[0])) / (span[1] - span[0])));
    const rules = new Map<string, { band: Band; from: number; to: number; runs: number }>();
    for (const band of this.bands) {
      const curve = this.lines.find(({ run }) => run === band.run)?.curve;
      const from = curve && placeOfStep(curve, band.steps[0]);
      const to = curve && placeOfStep(curve, band.steps[1]);
      if (typeof from !== "number" || typeof to !== "number") continue;
      if (to < span[0] || from > span[1]) continue;
      const lane = rules.get(band.rule);
      if (lane) {
        lane.from = Math.min(lane.from, from);
        lane.to = Math.max(lane.to, to);
        lane.runs++;
      } else rules.set(band.rule, { band, from, to, runs: 1 });
    }
    const worst: Severity[] = ["critical", "warning", "info"];
    const lanes = [...rules.values()]
      .sort((one, other) => worst.indexOf(one.band.severity) - worst.indexOf(other.band.severity))
      .slice(0, LANES);
    const ticks = this.ticks.flatMap((tick) => {
      const end = this.lines.find(({ run }) => run === tick.run)?.curve.xs.at(-1);
      return end === undefined || end < span[0] || end > span[1] ? [] : [{ ...tick, end }];
    });
    return html`
      ${lanes.map(({ band, from, to, runs }) => {
        const label = `${band.rule}, ${band.severity}: ${band.title} (${count(runs, "run")})`;
        return html`<div class="lane">
          <button
            class=${band.severity}
            title=${label}
            aria-label=${label}
            ${placed({ left: `${share(from)}%`, width: `${share(to) - share(from)}%` })}
            @click=${() => {
              this.tell("finding", band);
            }}
          ></button>
        </div>`;
      })}
      ${ticks.length
        ? html`<div class="lane">
            ${ticks.map(
              (tick) =>
                html`<button
                  class="tick"
                  title="${tick.title}: open the diff of ${tick.commit.slice(0, 7)}"
                  aria-label="${tick.title}: open the diff of ${tick.commit.slice(0, 7)}"
                  ${placed({ left: `${share(tick.end)}%`, color: `var(${tick.variable})` })}
                  @click=${() => {
                    this.tell("commit", tick.commit);
                  }}
                ></button>`,
            )}
          </div>`
        : nothing}
    `;
  }

  private readoutBox({ x, left, byKey }: { x: number; left: number; byKey: boolean }): TemplateResult {
    const at = this.lines.flatMap((line) => {
      const index = nearest(line.curve.xs, x);
      return index < 0 ? [] : [{ line, index, away: Math.abs((line.curve.xs[index] ?? 0) - x) }];
    });
    const pinned = at.find(({ line }) => line.run === this.pinned);
    const base = pinned?.line.curve.smoothed[pinned.index];
    const told = at.sort((one, other) => one.away - other.away).slice(0, TOLD);
    const first = told[0];
    const right = left > (this.clientWidth - LEFT) / 2;
    const edge = right ? this.clientWidth - LEFT - left + 12 : LEFT + left + 12;
    return html`<div
      class="readout numbers"
      role=${byKey ? "status" : "presentation"}
      ${placed({ left: right ? "auto" : `${edge}px`, right: right ? `${edge}px` : "auto" })}
    >
      <table role="presentation">
        <tr class="muted">
          <th>${first ? this.whereabouts(first.line, first.index) : ""}</th>
          <th>value</th>
          ${this.smoothing > 0 ? html`<th>smoothed</th>` : nothing}
          <th>step</th>
          ${base === undefined ? nothing : html`<th>to pinned</th>`}
        </tr>
        ${told.map(({ line, index }) => {
          const raw = line.curve.raw[index] ?? NaN;
          const smoothed = line.curve.smoothed[index] ?? NaN;
          return html`<tr>
            <td>
              <span class="swatch" ${placed({ color: `var(${line.variable})` })}></span
              >${line.title}
            </td>
            <td>${value(raw)}</td>
            ${this.smoothing > 0 ? html`<td>${value(smoothed)}</td>` : nothing}
            <td>${value(line.curve.steps[index] ?? NaN)}</td>
            ${base === undefined
              ? nothing
              : html`<td>${line.run === this.pinned ? "pinned" : delta(smoothed - base)}</td>`}
          </tr>`;
        })}
      </table>
      ${at.length > TOLD ? html`<p class="muted">and ${at.length - TOLD} more</p>` : nothing}
    </div>`;
  }

  private whereabouts(line: Line, index: number): string {
    const x = line.curve.xs[index] ?? NaN;
    if (this.axis !== "step") return this.placeName(x);
    return timeOfDay(line.curve.times[index] ?? NaN);
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
