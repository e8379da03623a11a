import type { Folded } from "../folded.js";
import { goesOn } from "../folded.js";
import type { Json } from "../host.js";
import { asNumber } from "../numbers.js";
import type { Run } from "../protocol.js";
import { SERIES_COLOURS } from "../tokens.js";
import type { Axis } from "./axes.js";

/** How the person looks at the curves; the editor keeps it over a reload. */
export interface View {
  /** Run ids; null: the panel's own choice. */
  shown: string[] | null;
  pinned: string | null;
  /** Share of the past, [0, 1); 0: off. */
  smoothing: number;
  axis: Axis;
  logX: boolean;
  logY: boolean;
  clip: boolean;
  runSearch: string;
  metricSearch: string;
  closed: string[];
}

export const FIRST_VIEW: View = {
  shown: null,
  pinned: null,
  smoothing: 0,
  axis: "step",
  logX: false,
  logY: false,
  clip: true,
  runSearch: "",
  metricSearch: "",
  closed: [],
};

/** What was saved, as far as it still makes sense. */
export function restored(saved: Json | undefined): View {
  const view = { ...FIRST_VIEW };
  if (typeof saved !== "object" || saved === null || Array.isArray(saved)) return view;
  const texts = (told: Json | undefined): string[] | null =>
    Array.isArray(told) ? told.filter((one) => typeof one === "string") : null;
  view.shown = texts(saved.shown);
  view.closed = texts(saved.closed) ?? [];
  if (typeof saved.pinned === "string") view.pinned = saved.pinned;
  if (typeof saved.smoothing === "number" && saved.smoothing >= 0 && saved.smoothing < 1)
    view.smoothing = saved.smoothing;
  if (saved.axis === "relative" || saved.axis === "wall" || saved.axis === "tokens") view.axis = saved.axis;
  view.logX = saved.logX === true;
  view.logY = saved.logY === true;
  view.clip = saved.clip !== false;
  if (typeof saved.runSearch === "string") view.runSearch = saved.runSearch;
  if (typeof saved.metricSearch === "string") view.metricSearch = saved.metricSearch;
  return view;
}

export function saved(view: View): Json {
  return { ...view };
}

/** Runs shown before the person chose: more than these make a tangle. */
const AT_FIRST = 6;

/** One run of the baseline and of each kept experiment, all that go on, else the newest. */
export function firstChoice(folded: Folded): string[] {
  const session = folded.newestSession();
  const chosen = new Set<string>();
  for (const experiment of session ? folded.sessionExperiments(session.id) : []) {
    if (experiment.number !== 0 && experiment.verdict?.name !== "keep") continue;
    const full = experiment.runs.filter((id) => folded.runs.get(id)?.rung === 1);
    const first = full[0] ?? experiment.runs[0];
    if (first !== undefined) chosen.add(first);
  }
  for (const run of folded.runs.values()) if (goesOn(run) || run.session === null) chosen.add(run.id);
  if (!chosen.size) for (const id of [...folded.runs.keys()].slice(-AT_FIRST)) chosen.add(id);
  const known = [...chosen].filter((id) => folded.runs.has(id));
  return [...known.slice(0, 1), ...known.slice(1).slice(1 - AT_FIRST)];
}

/** How a run is drawn: the same in every chart, every window and after every reload. */
export interface Look {
  /** Name of a theme variable. */
  colour: string;
  /** Lengths of line and gap in pixels; empty: solid. */
  dash: number[];
}

const SEEDS = [[], [7, 3], [9, 3, 2, 3], [4, 3]];
const PARTIAL = [2, 3];
/** Own runs begin in the middle of the colours, away from the first experiments. */
const OWN_FIRST = 5;

/** Colour by experiment or own run, dash by seed; runs on less than the full rung are dotted. */
export function look(folded: Folded, run: Run): Look {
  const number = run.experiment === null ? undefined : folded.experiments.get(run.experiment)?.number;
  const place = number ?? OWN_FIRST + ownNumber(folded, run);
  return {
    colour: place === 0 ? "--intern-baseline" : `--intern-series-${((place - 1) % SERIES_COLOURS) + 1}`,
    dash: asNumber(run.rung) < 1 ? PARTIAL : (SEEDS[run.seed % SEEDS.length] ?? []),
  };
}

/** How many own runs have a lower number. Not how many came before: a reload may tell runs in another order. */
function ownNumber(folded: Folded, run: Run): number {
  let own = 0;
  for (const other of folded.runs.values())
    if (other.experiment === null && other.id.localeCompare(run.id, "en", { numeric: true }) < 0) own++;
  return own;
}

/** `rung 1/9`. */
export function rungName(rung: number): string {
  const part = Math.round(1 / rung);
  return Math.abs(1 / part - rung) < 1e-6 ? `rung 1/${part}` : `rung ${Math.round(100 * rung)} %`;
}

/** `exp 3, seed 1`, `baseline, seed 0, rung 1/9`, `run-0007`, `run-0008, seed 1`. */
export function runTitle(folded: Folded, run: Run): string {
  const experiment = run.experiment === null ? undefined : folded.experiments.get(run.experiment);
  const rung = asNumber(run.rung);
  const parts = [
    experiment ? experimentName(experiment.number) : run.id,
    ...(experiment || run.seed !== 0 ? [`seed ${run.seed}`] : []),
    ...(rung < 1 ? [rungName(rung)] : []),
  ];
  return parts.join(", ");
}

export function experimentName(number: number): string {
  return number === 0 ? "baseline" : `exp ${number}`;
}
