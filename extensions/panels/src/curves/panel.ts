import { html, nothing, type TemplateResult } from "lit";
import { controls } from "../controls.js";
import { goesOn } from "../folded.js";
import type { ExportedFile, Host } from "../host.js";
import { asNumber, count } from "../numbers.js";
import { define, Panel, sentence } from "../panel.js";
import type { Comparison, Place, Run } from "../protocol.js";
import { tokens } from "../tokens.js";
import { bar } from "./bar.js";
import "./chart.js";
import "./comparison.js";
import { saveCsv } from "./csv.js";
import type { Span } from "./details.js";
import { Feed, type Reading } from "./feed.js";
import { Lines } from "./lines.js";
import { grouped, search } from "./metrics.js";
import { panelStyles } from "./panel-styles.js";
import type { Look } from "./points.js";
import "./run-list.js";
import { singles } from "./singles.js";
import type { Band, Tick } from "./strip.js";
import { firstChoice, FIRST_VIEW, look, restored, runTitle, saved, type View } from "./view.js";

const NAME = "curves";
let sheets = 0;

/** Curves of many runs over each other, live. */
export class InternCurves extends Panel {
  static override styles = [tokens, controls, panelStyles];

  private view: View = FIRST_VIEW;
  private feed: Feed | null = null;
  private zoom: Span | null = null;
  private frame: number | null = null;
  private paint = 0;
  private readonly sync = `intern-curves-${sheets++}`;
  private readonly lines = new Lines(this);
  private bandsNow: readonly Band[] = [];
  private ticksNow: readonly Tick[] = [];
  /** Metrics whose charts are scrolled into view. */
  private readonly inSight = new Set<string>();
  private pointedRun: string | null = null;
  private comparing = false;
  private compared: { key: string; told: Comparison | null; error: string | null } | null = null;

  protected override opened(host: Host): void {
    this.view = restored(host.restoreState(NAME));
    this.feed = new Feed(host, () => {
      this.soon();
    });
    this.lines.forget();
  }

  /** Answers come one by one; they are drawn together, once a frame. */
  private soon(): void {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.changed();
    });
  }

  /** Another part of the editor asks for these runs. `comparing`: with the table of what tells them apart. */
  show(runs: readonly string[], comparing = false): void {
    if (comparing) this.comparing = true;
    this.look({ shown: [...runs] });
  }

  protected override themed(): void {
    this.paint++;
    this.lines.forget();
    this.requestUpdate();
  }

  protected override changed(): void {
    const runs = this.runs();
    this.feed?.want(runs, this.drawn());
    this.bandsNow = this.bands(runs);
    this.ticksNow = this.ticks(runs);
    this.askForDetails();
    if (this.comparing) this.compare(runs);
    this.requestUpdate();
  }

  private look(view: Partial<View>): void {
    // A stretch of one axis is none of another.
    if (view.axis !== undefined || view.logX !== undefined) this.zoom = null;
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
        @point=${(event: CustomEvent<string | null>) => {
          this.pointedRun = event.detail;
          this.requestUpdate();
        }}
      ></intern-run-list>
      <section class="right" aria-label="Charts">${this.bar()}${this.comparison()}${this.charts(readings)}</section>
    </div>`;
  }

  private bar(): TemplateResult {
    return bar({
      view: this.view,
      zoomed: this.zoom !== null,
      comparing: this.comparing,
      shown: this.runs().length,
      liveness: this.liveness(),
      look: (view) => {
        this.look(view);
      },
      reset: () => {
        this.turn(null);
      },
      compare: () => {
        this.comparing = !this.comparing;
        this.changed();
      },
    });
  }

  private liveness(): string {
    if (this.connection.state !== "online") return "";
    const live = this.runs().filter((run) => run.state === "running").length;
    return live ? `Live: ${count(live, "run")}` : "";
  }

  private turn(range: Span | null): void {
    this.zoom = range;
    this.askForDetails();
    this.requestUpdate();
  }

  /** Of what is in sight, the points that the overviews left out. */
  private askForDetails(): void {
    const { feed, zoom } = this;
    if (!feed) return;
    if (!zoom) {
      feed.details.want(null);
      return;
    }
    const wanted = new Map(
      this.runs().flatMap(({ id }): [string, string[]][] => {
        const thinned = [...feed.series(id)].filter(([name, points]) => this.inSight.has(name) && points.total > points.values.length);
        return thinned.length ? [[id, thinned.map(([name]) => name)]] : [];
      }),
    );
    feed.details.want({ look: this.drawn(), span: zoom, wanted });
  }

  private drawn(): Look {
    return { axis: this.view.axis, smoothing: this.view.smoothing };
  }

  /** Ask what tells the shown runs apart, the pinned one first, once for each choice of runs. */
  private compare(runs: readonly Run[]): void {
    const chosen = this.inColumns(runs);
    // A run that goes on or is scored has other last values.
    const key = chosen.map(({ id, state, dev }) => `${id} ${state} ${JSON.stringify(dev)}`).join("\n");
    if (this.compared?.key === key || chosen.length < 2) return;
    const asked = { key, told: this.compared?.told ?? null, error: null };
    this.compared = asked;
    const answer = (told: Comparison | null, error: string | null): void => {
      if (this.compared !== asked) return;
      this.compared = { key, told, error };
      this.requestUpdate();
    };
    this.host?.request("intern/run/compare", { runs: chosen.map(({ id }) => id) }).then(
      (told) => {
        answer(told, null);
      },
      (thrown: unknown) => {
        answer(null, sentence(thrown));
      },
    );
  }

  private inColumns(runs: readonly Run[]): Run[] {
    return [...runs].sort((one, other) => Number(other.id === this.view.pinned) - Number(one.id === this.view.pinned));
  }

  private comparison(): TemplateResult | typeof nothing {
    const runs = this.runs();
    if (!this.comparing || runs.length < 2 || !this.compared) return nothing;
    const { told, error } = this.compared;
    const known = told?.runs.flatMap((id) => runs.find((run) => run.id === id) ?? []) ?? [];
    return html`<intern-comparison
      role="region"
      aria-label="Comparison of the shown runs"
      tabindex="0"
      .runs=${known.map((run) => ({
        title: runTitle(this.folded, run),
        variable: look(this.folded, run).colour,
        commit: run.commit,
      }))}
      .told=${known.length === told?.runs.length ? told : null}
      .error=${error}
      @place=${(event: CustomEvent<Place>) => {
        this.host?.openFile(event.detail);
      }}
      @code=${(event: CustomEvent<[string, string]>) => {
        this.host?.compareCode(...event.detail);
      }}
    ></intern-comparison>`;
  }

  private charts(readings: ReadonlyMap<string, Reading>): TemplateResult {
    const runs = this.runs();
    const failed = [...readings.values()].filter((reading) => reading.state === "failed");
    const why = failed[0]?.state === "failed" ? failed[0].why : "";
    const metrics = new Set(runs.flatMap(({ id }) => [...(this.feed?.metrics(id) ?? [])]));
    const wanted = search(this.view.metricSearch);
    const groups = grouped([...metrics].filter((metric) => wanted.matches(metric)));
    const uncounted =
      this.view.axis === "tokens" &&
      runs.every(({ id }) => this.feed?.isOn(id, "tokens") && [...this.feed.series(id).values()].every(({ tokens }) => tokens === null));
    const waits = [...readings.values()].some(({ state }) => state === "loading");
    return html`<div
      class="charts"
      @zoom=${(event: CustomEvent<Span | null>) => {
        this.turn(event.detail);
      }}
      @export=${(event: CustomEvent<ExportedFile>) => {
        this.host?.saveFile(event.detail);
      }}
      @csv=${(event: CustomEvent<string>) => {
        void this.wish((host) => saveCsv(host, event.detail, this.runs(), this.folded, this.drawn()));
      }}
      @sight=${(event: CustomEvent<{ metric: string; inSight: boolean }>) => {
        if (event.detail.inSight) this.inSight.add(event.detail.metric);
        else this.inSight.delete(event.detail.metric);
        this.askForDetails();
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
        : groups.size && !uncounted
          ? [...groups].map(([group, names]) => this.group(group, names, runs))
          : html`<div class="page" role="status">
              <p class="muted">
                ${failed.length
                  ? "No curve could be read."
                  : waits
                  ? "Reading the curves…"
                  : uncounted
                  ? "None of these runs counts its tokens; choose another x-axis."
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
    const titled = runs.map((run) => ({ id: run.id, title: runTitle(this.folded, run) }));
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
      ${single.length ? singles(single, titled, (run, name) => this.feed?.series(run).get(name)?.values[0]) : nothing}
    </details>`;
  }

  private length(run: string, metric: string): number {
    return this.feed?.series(run).get(metric)?.values.length ?? 0;
  }

  private chart(metric: string, runs: readonly Run[]): TemplateResult {
    const { view, feed } = this;
    if (!feed) return html``;
    const lines = this.lines.of(metric, runs, this.folded, feed, view.axis, this.zoom);
    const drawn = new Set(lines.map(({ run }) => run));
    const lacking = runs.filter(({ id }) => !drawn.has(id) && feed.reading(id).state === "ready" && feed.isOn(id, view.axis));
    return html`<intern-chart
      .metric=${metric}
      .lines=${lines}
      .lacking=${lacking.map((run) => runTitle(this.folded, run))}
      .pinned=${view.pinned}
      .pointedRun=${this.pointedRun}
      .axis=${view.axis}
      .logX=${view.logX && view.axis !== "wall"}
      .logY=${view.logY}
      .clip=${view.clip}
      .smoothing=${view.smoothing}
      .zoom=${this.zoom}
      .bands=${this.bandsNow}
      .ticks=${this.ticksNow}
      .sync=${this.sync}
      .paint=${this.paint}
    ></intern-chart>`;
  }

  private bands(runs: readonly Run[]): Band[] {
    return runs.flatMap(({ id }) =>
      (this.folded.findings.get(id)?.findings ?? [])
        .filter((finding) => finding.becauseOf === null && !finding.suppressed)
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
