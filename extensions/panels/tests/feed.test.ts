import { expect, test } from "vitest";
import { RecordedHost, recording } from "../demo/recorded-host.js";
import { Feed } from "../src/curves/feed.js";
import type { Methods, ReadSeries, Run, SeriesAnswer } from "../src/protocol.js";

/** A daemon with one metric of so many rows. */
class Daemon extends RecordedHost {
  rows = 0;
  readonly reads: ReadSeries[] = [];

  constructor() {
    super("empty", { kind: "dark", onChange: () => () => undefined });
  }

  override request<M extends keyof Methods>(_method: M, params: Methods[M]["params"]): Promise<Methods[M]["result"]> {
    const wish = params as ReadSeries;
    this.reads.push(wish);
    const steps = Array.from({ length: this.rows - (wish.since ?? 0) }, (_, index) => index + (wish.since ?? 0));
    const answer: SeriesAnswer = { series: [{ name: "loss", steps, values: steps.map(() => "NaN"), times: steps }], next: this.rows };
    return Promise.resolve(answer as Methods[M]["result"]);
  }
}

function run(rows: number): Run {
  const body = recording.events.find((event) => event.body.kind === "run")?.body;
  if (body?.kind !== "run") throw new Error("The recording has no run.");
  return { ...body.run, progress: { ...body.run.progress, rows } };
}

async function grown(rows: readonly number[], smoothed: boolean): Promise<{ daemon: Daemon; feed: Feed }> {
  const daemon = new Daemon();
  const feed = new Feed(daemon, () => undefined);
  for (const count of rows) {
    daemon.rows = count;
    feed.want([run(count)], smoothed);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return { daemon, feed };
}

test("a growing run is read on from its cursor, and no row comes twice", async () => {
  const { daemon, feed } = await grown([10, 10, 25], false);
  expect(daemon.reads.map(({ since, maxPoints }) => [since, maxPoints])).toEqual([
    [0, 2000],
    [10, 2000],
  ]);
  const points = feed.series(run(0).id).get("loss");
  expect(points?.steps).toEqual(Array.from({ length: 25 }, (_, index) => index));
  expect(points?.values.every(Number.isNaN)).toBe(true);
});

test("smoothing asks for every row, as far as that is reasonable", async () => {
  const { daemon } = await grown([100], true);
  expect(daemon.reads[0]?.maxPoints).toBeNull();
  const long = await grown([50_001], true);
  expect(long.daemon.reads[0]?.maxPoints).toBe(2000);
});

test("pieces that add up to too many points are thinned anew", async () => {
  const { daemon } = await grown([5000, 5001], false);
  expect(daemon.reads.map(({ since }) => since)).toEqual([0, 0]);
});
