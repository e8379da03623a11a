import { asNumber } from "../src/numbers.js";
import type { Comparison, Event, Experiment, Float, ReadSeries, Run, Series, SeriesAnswer } from "../src/protocol.js";

/** A series as the recording has it: whole, by step. */
export type Recorded = Pick<Series, "name" | "steps" | "values" | "times">;

/** Tokens of a step of the recorded training: rows of a batch times their length. */
const TOKENS = 512;

/** What the daemon would answer: smoothed, then cut to the viewport, then thinned. */
export function readSeries(recorded: readonly Recorded[], wish: ReadSeries): SeriesAnswer {
  const names = wish.metrics?.length ? wish.metrics : recorded.map(({ name }) => name);
  const begin = Math.min(...recorded.map(({ times }) => asNumber(times[0] ?? NaN)).filter(Number.isFinite));
  return {
    series: recorded.filter(({ name }) => names.includes(name)).map((one) => series(one, wish, begin)),
    next: 1e9,
  };
}

function series({ name, steps, values, times }: Recorded, wish: ReadSeries, begin: number): Series {
  const { axis = "step", smoothing = 0, maxPoints = null } = wish;
  const places = {
    step: steps,
    wall: times,
    relative: times.map((time) => asNumber(time) - begin),
    tokens: steps.map((step) => TOKENS * asNumber(step)),
  }[axis].map(asNumber);
  const [low, high] = [asNumber(wish.low ?? -Infinity), asNumber(wish.high ?? Infinity)];
  const start = Math.max(0, places.findIndex((place) => place >= low) - 1);
  const end = places.findLastIndex((place) => place <= high) + 2;
  const inside = places.map((_, index) => index).slice(start, end);
  const kept = maxPoints === null ? inside : thinned(values, inside, asNumber(maxPoints));
  const pick = (all: readonly Float[]): Float[] => kept.map((index) => all[index] ?? "NaN");
  const weight = asNumber(smoothing);
  return {
    name,
    steps: pick(steps),
    values: pick(values),
    times: pick(times),
    tokens: axis === "tokens" ? pick(places) : null,
    smoothed: weight > 0 ? pick(smooth(values.map(asNumber), weight)) : null,
    total: inside.length,
  };
}

function smooth(values: readonly number[], weight: number): number[] {
  let average = 0;
  let correction = 1;
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    average = weight * average + (1 - weight) * value;
    correction *= weight;
    return average / (1 - correction);
  });
}

/** Of each of `limit / 2` stretches the lowest and the highest value; what is not finite stays. */
function thinned(values: readonly Float[], inside: readonly number[], limit: number): number[] {
  if (inside.length <= limit) return [...inside];
  const kept = new Set([inside[0] ?? 0, inside.at(-1) ?? 0]);
  const stride = (2 * inside.length) / limit;
  for (let from = 0; from < inside.length; from += stride) {
    const stretch = inside.slice(Math.floor(from), Math.floor(from + stride));
    const of = (index: number): number => asNumber(values[index] ?? "NaN");
    const finite = stretch.filter((index) => Number.isFinite(of(index))).sort((one, other) => of(one) - of(other));
    for (const index of [finite[0], finite.at(-1)]) if (index !== undefined) kept.add(index);
    for (const index of stretch) if (!Number.isFinite(of(index))) kept.add(index);
  }
  return [...kept].sort((one, other) => one - other);
}

/** Settings as the recorded experiments changed them, each on top of what its parent had. */
export function compareRuns(events: readonly Event[], ids: readonly string[]): Comparison {
  const runs = new Map<string, Run>();
  const experiments = new Map<string, Experiment>();
  for (const { body } of events) {
    if (body.kind === "run") runs.set(body.run.id, body.run);
    if (body.kind === "experiment") experiments.set(body.experiment.id, body.experiment);
  }
  const chosen = ids.flatMap((id) => runs.get(id) ?? []);
  const lineage = (id: string | null): Experiment[] => {
    const experiment = id === null ? undefined : experiments.get(id);
    return experiment ? [...lineage(experiment.parent), experiment] : [];
  };
  const edits = chosen.map(({ experiment }) =>
    lineage(experiment).flatMap(({ changes }) =>
      changes.flatMap(({ what, place }) => {
        const [, name = "", before = "", after = ""] = /^(\w+) (.+) -> (.+)$/.exec(what) ?? [];
        return name ? [{ name, before, after, place }] : [];
      }),
    ),
  );
  const first = new Map(edits.flat().map(({ name, before }) => [name, before]));
  for (const { name, before } of edits.flat().reverse()) first.set(name, before);
  const settings = [...first].map(([name, before]) => {
    const last = edits.map((own) => own.findLast((edit) => edit.name === name));
    return { name, values: last.map((edit) => edit?.after ?? before), places: last.map((edit) => edit?.place ?? null) };
  });
  return {
    runs: chosen.map(({ id }) => id),
    settings: [...settings, { name: "seed", values: chosen.map(({ seed }) => String(seed)), places: chosen.map(() => null) }].filter(
      ({ values }) => new Set(values).size > 1,
    ),
    same: 100,
    metrics: {
      loss: chosen.map(({ progress }) => progress.loss),
      "dev/exact_match": chosen.map(({ dev }) => dev?.exact_match ?? null),
    },
    code: new Set(chosen.map(({ commit }) => commit)).size > 1 ? ["train.py"] : [],
  };
}
