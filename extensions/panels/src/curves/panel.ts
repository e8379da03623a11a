import { html, nothing, type TemplateResult } from "lit";
import { controls } from "../controls.js";
import { goesOn } from "../folded.js";
import type { ExportedFile, Host } from "../host.js";
import { asNumber, count, value } from "../numbers.js";
import { define, Panel } from "../panel.js";
import type { Run } from "../protocol.js";
import { resolved, tokens } from "../tokens.js";
import type { Axis } from "./axes.js";
import "./chart.js";
import { curve } from "./curve.js";
import { Feed, type Points, type Reading, WHOLE_ROWS } from "./feed.js";
import { grouped, search } from "./metrics.js";
import { panelStyles } from "./panel-styles.js";
import type { Line } from "./plot.js";
import "./run-list.js";
import type { Band, Tick } from "./strip.js";
import { firstChoice, FIRST_VIEW, look, restored, runTitle, saved, type View } from "./view.js";

const NAME = "curves";
let sheets = 0;

/** Curves of many runs over each other, live. */
export class InternCurves extends Panel {
  static override styles = [tokens, controls, panelStyles];

  private view: View = FIRST_VIEW;
  private feed: Feed | null = null;
  private zoom: [number, number] | null = null;
  private paint = 0;
  private readonly sync = `intern-curves-${sheets++}`;
  private lineCache = new Map<string, { points: Points; key: string; line: Line }>();
  private linesOf = new Map<string, readonly Line[]>();

  protected override opened(host: Host): void {
    this.view = restored(host.restoreState(NAME));
    this.feed = new Feed(host, () => {
      this.changed();
    });
    this.lineCache.clear();
  }

  /** Another part of the editor asks for these runs. */
  show(runs: readonly string[]): void {
    this.look({ shown: [...runs] });
  }

  protected override themed(): void {
    this.paint++;
    this.lineCache.clear();
    this.requestUpdate();
  }

  protected override changed(): void {
    this.feed?.want(this.runs(), this.view.smoothing > 0);
    this.requestUpdate();
  }

  private look(view: Partial<View>): void {
    if (view.axis !== undefined && view.axis !== this.view.axis) this.zoom = null;
    this.view = { ...this.view, ...view };
    this.host?.saveState(NAME, saved(this.view));
    this.changed();
  }

  private shown(): Set<string> {
    return new Set(this.view.shown ?? firstChoice(this.folded));
  }

  private runs(): Run[] {
    const shown = this.shown();
    return [...this.folded.runs.values()].filter(({ id }) => shown.has(id));
  }

  protected override content(): TemplateResult {
    if (!this.folded.runs.size) {
      return html`<div class="page">
        <h2>No runs yet</h2>
        <p>Curves appear here as soon as a run logs its first row, live.</p>
        <p class="muted">
          Start one with “Intern: Run Training”, or let “Intern: Improve This Training Run” measure a
          baseline. In a terminal: <code>intern run</code>.
        </p>
      </div>`;
    }
    const shown = this.shown();
    const readings = new Map<string, Reading>();
    for (const id of shown) if (this.feed) readings.set(id, this.feed.reading(id));
    return html`<div class="sheet">
      <intern-run-list
        .folded=${this.folded}
        .head=${this.folded.head}
        .shown=${shown}
        .view=${this.view}
        .readings=${readings}
        @view=${(event: CustomEvent<Partial<View>>) => {
          this.look(event.detail);
        }}
      ></intern-run-list>
      <section class="right" aria-label="Charts">${this.bar()}${this.charts(readings)}</section>
    </div>`;
  }

  private bar(): TemplateResult {
    const { smoothing, axis, logY, clip, metricSearch } = this.view;
    const thin = this.runs().some((run) => run.progress.rows > WHOLE_ROWS);
    const checked = (event: Event): boolean => (event.target as HTMLInputElement).checked;
    const text = (event: Event): string => (event.target as HTMLInputElement).value;
    return html`<div class="bar" role="toolbar" aria-label="How the curves are drawn">
      <label title=${thin ? `Runs of more than ${count(WHOLE_ROWS, "row")} are smoothed after thinning.` : "Exponential moving average; the values stay visible behind it."}
        >Smoothing
        <input
          type="range"
          min="0"
          max="0.99"
          step="0.01"
          aria-valuetext=${smoothing > 0 ? smoothing : "off"}
          .value=${String(smoothing)}
          @input=${(event: Event) => {
            this.look({ smoothing: Number(text(event)) });
          }}
        /><output class="numbers">${smoothing > 0 ? smoothing.toFixed(2) : "off"}</output></label
      >
      ${smoothing > 0
        ? html`<button @click=${() => {
            this.look({ smoothing: 0 });
          }}>Turn off</button>`
        : nothing}
      <label
        >X-axis
        <select
          @change=${(event: Event) => {
            this.look({ axis: text(event) as Axis });
          }}
        >
          <option value="step" ?selected=${axis === "step"}>step</option>
          <option value="relative" ?selected=${axis === "relative"}>time since start</option>
          <option value="wall" ?selected=${axis === "wall"}>time of day</option>
        </select></label
      >
      <label
        ><input type="checkbox" .checked=${logY} @change=${(event: Event) => {
          this.look({ logY: checked(event) });
        }} />Log y</label
      >
      <label title="Single values far outside leave the chart, and are counted below it."
        ><input type="checkbox" .checked=${clip} @change=${(event: Event) => {
          this.look({ clip: checked(event) });
        }} />Clip outliers</label
      >
      <input
        type="search"
        placeholder="Search metrics"
        aria-label="Search metrics (regular expression)"
        aria-invalid=${search(metricSearch).broken}
        .value=${metricSearch}
        @input=${(event: Event) => {
          this.look({ metricSearch: text(event) });
        }}
      />
      ${this.zoom
        ? html`<button @click=${() => {
            this.turn(null);
          }}>Reset zoom</button>`
        : nothing}
      <span class="muted" role="status">${this.liveness()}</span>
    </div>`;
  }

  private liveness(): string {
    if (this.connection.state !== "online") return "";
    const live = this.runs().filter((run) => run.state === "running").length;
    return live ? `Live: ${count(live, "run")}` : "";
  }

  private turn(range: [number, number] | null): void {
    this.zoom = range;
    this.requestUpdate();
  }

  private charts(readings: ReadonlyMap<string, Reading>): TemplateResult {
    const runs = this.runs();
    const failed = [...readings.values()].filter((reading) => reading.state === "failed");
    const why = failed[0]?.state === "failed" ? failed[0].why : "";
    const metrics = new Set(runs.flatMap(({ id }) => [...(this.feed?.series(id).keys() ?? [])]));
    const wanted = search(this.view.metricSearch);
    const groups = grouped([...metrics].filter((metric) => wanted.matches(metric)));
    const waits = [...readings.values()].some(({ state }) => state === "loading");
    return html`<div
      class="charts"
      @zoom=${(event: CustomEvent<[number, number] | null>) => {
        this.turn(event.detail);
      }}
      @export=${(event: CustomEvent<ExportedFile>) => {
        this.host?.saveFile(event.detail);
      }}
      @commit=${(event: CustomEvent<string>) => {
        this.host?.openDiff(event.detail);
      }}
      @finding=${(event: CustomEvent<Band>) => {
        if (event.detail.place) this.host?.openFile(event.detail.place);
      }}
    >
      ${failed.length
        ? html`<div class="banner" role="alert">
            <p><strong class="critical">${count(failed.length, "run")} could not be read.</strong> ${why}</p>
            <button @click=${() => this.feed?.retry()}>Try again</button>
          </div>`
        : nothing}
      ${!runs.length
        ? html`<div class="page"><h2>No run selected</h2><p>Tick a run on the left to see its curves.</p></div>`
        : groups.size
          ? [...groups].map(([group, names]) => this.group(group, names, runs))
          : html`<div class="page" role="status">
              <p class="muted">
                ${failed.length
                  ? "No curve could be read."
                  : waits
                  ? "Reading the curves…"
                  : metrics.size
                    ? "No metric matches."
                    : "These runs have logged nothing so far."}
              </p>
            </div>`}
    </div>`;
  }

  private group(group: string, names: readonly string[], runs: readonly Run[]): TemplateResult {
    const single = names.filter((name) =>
      runs.every((run) => this.length(run.id, name) <= (goesOn(run) ? 0 : 1)),
    );
    const drawn = names.filter((name) => !single.includes(name));
    return html`<details
      ?open=${!this.view.closed.includes(group)}
      @toggle=${(event: Event) => {
        const open = (event.target as HTMLDetailsElement).open;
        if (open !== this.view.closed.includes(group)) return;
        const others = this.view.closed.filter((name) => name !== group);
        this.look({ closed: open ? others : [...others, group] });
      }}
    >
      <summary>${group} <span class="muted">${names.length}</span></summary>
      <div class="grid">${drawn.map((metric) => this.chart(metric, runs))}</div>
      ${single.length ? this.singles(single, runs) : nothing}
    </details>`;
  }

  private length(run: string, metric: string): number {
    return this.feed?.series(run).get(metric)?.values.length ?? 0;
  }

  /** Metrics that are logged once, such as run times: a number says more than a chart of one dot. */
  private singles(names: readonly string[], runs: readonly Run[]): TemplateResult {
    return html`<div tabindex="0" role="region" aria-label="Metrics logged once" class="scroll"><table class="single numbers">
      <thead>
        <tr>
          <th scope="col" class="muted">Logged once</th>
          ${runs.map((run) => html`<th scope="col">${runTitle(this.folded, run)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${names.map(
          (name) => html`<tr>
            <th scope="row">${name}</th>
            ${runs.map(({ id }) => {
              const told = this.feed?.series(id).get(name)?.values[0];
              return html`<td>${told === undefined ? "–" : value(told)}</td>`;
            })}
          </tr>`,
        )}
      </tbody>
    </table></div>`;
  }

  private line(run: Run, metric: string, points: Points): Line {
    const { axis, smoothing } = this.view;
    const title = runTitle(this.folded, run);
    const key = `${axis} ${smoothing} ${title}`;
    const place = `${run.id} ${metric}`;
    const cached = this.lineCache.get(place);
    if (cached?.points === points && cached.key === key) return cached.line;
    const { colour, dash } = look(this.folded, run);
    const line: Line = {
      run: run.id,
      title,
      variable: colour,
      colour: resolved(this, colour),
      dash,
      curve: curve(points, axis, smoothing),
    };
    this.lineCache.set(place, { points, key, line });
    return line;
  }

  private chart(metric: string, runs: readonly Run[]): TemplateResult {
    const fresh: Line[] = [];
    const lacking: string[] = [];
    for (const run of runs) {
      const points = this.feed?.series(run.id).get(metric);
      if (points) fresh.push(this.line(run, metric, points));
      else if (this.feed?.reading(run.id).state === "ready") lacking.push(runTitle(this.folded, run));
    }
    // The same array as long as nothing changed spares the chart its work.
    const before = this.linesOf.get(metric);
    const same = before?.length === fresh.length && fresh.every((line, index) => line === before[index]);
    const lines = same ? before : fresh;
    this.linesOf.set(metric, lines);
    return html`<intern-chart
      .metric=${metric}
      .lines=${lines}
      .lacking=${lacking}
      .pinned=${this.view.pinned}
      .axis=${this.view.axis}
      .logY=${this.view.logY}
      .clip=${this.view.clip}
      .smoothing=${this.view.smoothing}
      .zoom=${this.zoom}
      .bands=${this.bands(runs)}
      .ticks=${this.ticks(runs)}
      .sync=${this.sync}
      .paint=${this.paint}
    ></intern-chart>`;
  }

  private bands(runs: readonly Run[]): Band[] {
    return runs.flatMap(({ id }) =>
      (this.folded.findings.get(id)?.findings ?? [])
        .filter((finding) => finding.becauseOf === null)
        .map(({ rule, severity, title, steps, place }) => ({ run: id, rule, severity, title, steps, place })),
    );
  }

  private ticks(runs: readonly Run[]): Tick[] {
    return runs.flatMap((run) => {
      const experiment = run.experiment === null ? undefined : this.folded.experiments.get(run.experiment);
      if (!experiment?.commit || experiment.number === 0 || asNumber(run.rung) < 1) return [];
      return [
        {
          run: run.id,
          commit: experiment.commit,
          title: `exp ${experiment.number}, ${experiment.title}`,
          variable: look(this.folded, run).colour,
        },
      ];
    });
  }
}

define("intern-curves", InternCurves);
