import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { controls } from "../controls.js";
import type { Folded } from "../folded.js";
import { asNumber, count, maybeNumber, score, value } from "../numbers.js";
import { define } from "../panel.js";
import { placed } from "../placed.js";
import type { Experiment, Run, RunState } from "../protocol.js";
import type { Reading } from "./feed.js";
import { search } from "./metrics.js";
import { experimentName, look, rungName, runTitle, type View } from "./view.js";

interface Group {
  key: string;
  title: string;
  runs: Run[];
}

const STATE_WORDS: Record<RunState, string> = {
  queued: "queued",
  running: "running",
  succeeded: "",
  failed: "failed",
  stopped: "stopped",
  lost: "lost",
};

/** All runs by experiment: which are drawn, in what colour, how they stand. */
export class InternRunList extends LitElement {
  static override styles = [controls, css`
    :host {
      overflow: hidden;
      display: flex;
      flex-direction: column;
      border-right: 1px solid var(--intern-border);
    }
    .top {
      padding: 8px 12px;
      display: grid;
      gap: 6px;
    }
    .top input {
      width: 100%;
    }
    .counts {
      display: flex;
      justify-content: space-between;
      align-items: baseline;
    }
    .list {
      overflow-y: auto;
      flex: 1;
      padding-bottom: 12px;
    }
    fieldset {
      border: none;
      margin: 0;
      padding: 0;
      content-visibility: auto;
      contain-intrinsic-size: auto 90px;
    }
    legend {
      width: 100%;
      padding: 6px 12px 2px;
    }
    label.group {
      display: flex;
      gap: 6px;
      align-items: baseline;
      font-weight: 600;
    }
    label.group span {
      overflow: hidden;
      text-overflow: ellipsis;
      display: -webkit-box;
      -webkit-line-clamp: 2;
      -webkit-box-orient: vertical;
      overflow-wrap: anywhere;
    }
    label.group input {
      position: relative;
      top: 2px;
    }
    .run {
      display: grid;
      grid-template-columns: auto 16px minmax(0, 1fr) auto auto;
      gap: 6px;
      align-items: center;
      padding: 1px 12px 1px 24px;
      min-height: 24px;
    }
    .run:hover {
      background: var(--intern-hover);
    }
    .run label {
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .run svg {
      width: 16px;
      height: 4px;
      overflow: visible;
    }
    .pin {
      min-height: 20px;
      padding: 0 4px;
      opacity: 0.001;
    }
    .run:hover .pin,
    .pin:focus-visible,
    .pin[aria-pressed="true"] {
      opacity: 1;
    }
  `];

  static override properties = {
    folded: { attribute: false },
    head: { attribute: false },
    shown: { attribute: false },
    view: { attribute: false },
    readings: { attribute: false },
  };

  declare folded: Folded;
  /** Newest event: makes the list draw again. */
  declare head: number;
  declare shown: ReadonlySet<string>;
  declare view: View;
  declare readings: ReadonlyMap<string, Reading>;

  private tell(view: Partial<View>): void {
    this.dispatchEvent(new CustomEvent<Partial<View>>("view", { detail: view }));
  }

  /** The person points at a run: the charts put its lines in front. */
  private point(run: string | null): void {
    this.dispatchEvent(new CustomEvent<string | null>("point", { detail: run !== null && this.shown.has(run) ? run : null }));
  }

  private show(runs: readonly Run[], on: boolean): void {
    const shown = new Set(this.shown);
    for (const { id } of runs) {
      if (on) shown.add(id);
      else shown.delete(id);
    }
    this.tell({ shown: [...shown] });
  }

  /** Newest experiments first, the person's own runs at the end. */
  private groups(): Group[] {
    const wanted = search(this.view.runSearch);
    const groups = new Map<string, Group>();
    for (const run of this.folded.runs.values()) {
      const experiment = run.experiment === null ? undefined : this.folded.experiments.get(run.experiment);
      const title = experiment ? this.named(experiment) : "Own runs";
      if (!wanted.matches(`${run.id} ${runTitle(this.folded, run)} ${title} ${run.state}`)) continue;
      const key = experiment?.id ?? "";
      const group = groups.get(key) ?? { key, title, runs: [] };
      group.runs.push(run);
      groups.set(key, group);
    }
    return [...groups.values()];
  }

  private named(experiment: Experiment): string {
    const name = experiment.number === 0 ? "Baseline" : `${experimentName(experiment.number)} ${experiment.title}`;
    // Each session has a baseline and an experiment 1.
    return this.folded.sessions.size > 1 ? `${experiment.session}: ${name}` : name;
  }

  override render(): TemplateResult {
    const groups = this.groups();
    const matching = groups.flatMap(({ runs }) => runs);
    return html`
      <div class="top">
        <input
          type="search"
          placeholder="Search runs"
          title="A regular expression"
          aria-label="Search runs (regular expression)"
          aria-invalid=${search(this.view.runSearch).broken}
          .value=${this.view.runSearch}
          @input=${(event: InputEvent) => {
            this.tell({ runSearch: (event.target as HTMLInputElement).value });
          }}
        />
        <div class="counts">
          <span class="muted">${[...this.shown].filter((id) => this.folded.runs.has(id)).length} of ${count(this.folded.runs.size, "run")} shown</span>
          <button
            class="link"
            ?disabled=${this.view.shown === null}
            @click=${() => {
              this.tell({ shown: null });
            }}
          >
            Reset
          </button>
        </div>
      </div>
      <div class="list">
        ${matching.length
          ? groups.map((group) => this.group(group))
          : html`<p class="top muted">No run matches.</p>`}
      </div>
    `;
  }

  private group({ title, runs }: Group): TemplateResult {
    const on = runs.filter(({ id }) => this.shown.has(id)).length;
    return html`<fieldset>
      <legend>
        <label class="group" title=${title}>
          <input
            type="checkbox"
            .checked=${on === runs.length}
            .indeterminate=${on > 0 && on < runs.length}
            @change=${(event: Event) => {
              this.show(runs, (event.target as HTMLInputElement).checked);
            }}
          /><span>${title}</span>
        </label>
      </legend>
      ${runs.map((run) => this.run(run))}
    </fieldset>`;
  }

  private run(run: Run): TemplateResult {
    const { colour, dash } = look(this.folded, run);
    const pinned = this.view.pinned === run.id;
    const reading = this.readings.get(run.id);
    const seed = `seed ${run.seed}${run.rung === 1 ? "" : `, ${rungName(asNumber(run.rung))}`}`;
    const title = run.experiment === null ? runTitle(this.folded, run) : seed;
    const tip = [run.id, run.commit.slice(0, 7), run.message ?? "", reading?.state === "failed" ? reading.why : ""];
    return html`<div
      class="run"
      title=${tip.filter(Boolean).join("\n")}
      @mouseenter=${() => {
        this.point(run.id);
      }}
      @mouseleave=${() => {
        this.point(null);
      }}
    >
      <input
        type="checkbox"
        id=${run.id}
        .checked=${this.shown.has(run.id)}
        @change=${(event: Event) => {
          this.show([run], (event.target as HTMLInputElement).checked);
        }}
      />
      <svg aria-hidden="true" ${placed({ color: `var(${colour})` })}>
        <line x1="0" y1="2" x2="16" y2="2" stroke="currentColor" stroke-width="3" stroke-dasharray=${dash.join(" ") || nothing} />
      </svg>
      <label for=${run.id}><span class="hidden">${runTitle(this.folded, run)}</span><span aria-hidden="true">${title}</span></label>
      <span class="numbers">${this.standing(run, reading)}</span>
      <button
        class="link pin"
        aria-pressed=${pinned}
        aria-label="Pin ${runTitle(this.folded, run)} as baseline"
        @click=${() => {
          this.tell({ pinned: pinned ? null : run.id });
        }}
      >
        ${pinned ? "pinned" : "pin"}
      </button>
    </div>`;
  }

  /** The dev score, or else the newest loss, and how it ended if not well. */
  private standing(run: Run, reading: Reading | undefined): TemplateResult {
    const session = run.session === null ? undefined : this.folded.sessions.get(run.session);
    const dev = session && run.dev ? maybeNumber(run.dev[session.metric]) : null;
    const loss = maybeNumber(run.progress.loss);
    const { step, totalSteps } = run.progress;
    const share = run.state === "running" && totalSteps ? ` ${Math.round((100 * step) / totalSteps)} %` : "";
    const bad = run.state === "failed" || run.state === "lost";
    if (reading?.state === "failed") return html`<span class="critical">unread</span>`;
    return html`${STATE_WORDS[run.state]
      ? html`<span class=${bad ? "critical" : "muted"}>${STATE_WORDS[run.state]}${share}</span> `
      : nothing}${dev !== null && session
      ? html`<span title=${session.metric}>${score(dev, 0.001)}</span>`
      : loss === null
        ? nothing
        : html`<span class="muted" title="newest loss">loss ${value(loss)}</span>`}`;
  }
}

define("intern-run-list", InternRunList);
