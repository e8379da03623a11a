import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { RecordedHost, recording } from "../demo/recorded-host.js";
import { DETAIL, STILL } from "../src/curves/details.js";
import { Feed, OVERVIEW } from "../src/curves/feed.js";
import type { Look } from "../src/curves/points.js";
import type { Methods, ReadSeries, Run, SeriesAnswer } from "../src/protocol.js";

const STEP: Look = { axis: "step", smoothing: 0 };

/** A daemon with one metric of so many rows, thinned by leaving out. */
class Daemon extends RecordedHost {
  rows = 0;
  /** The run went back to this step when it was resumed at this row. */
  resumed: { row: number; step: number } | null = null;
  /** Set: an answer waits until it is let go. */
  gate: Promise<void> | null = null;
  readonly reads: ReadSeries[] = [];
  readonly signals: (AbortSignal | undefined)[] = [];

  constructor() {
    super("empty", { kind: "dark", onChange: () => () => undefined });
  }

  override async request<M extends keyof Methods>(
    _method: M,
    params: Methods[M]["params"],
    signal?: AbortSignal,
  ): Promise<Methods[M]["result"]> {
    const wish = params as ReadSeries;
    this.reads.push(wish);
    this.signals.push(signal);
    await this.gate;
    const rows = Array.from({ length: this.rows }, (_, row) => row).slice(wish.since ?? 0);
    const low = Number(wish.low ?? -Infinity);
    const high = Number(wish.high ?? Infinity);
    const { resumed } = this;
    const all = rows.map((row) => (resumed && row >= resumed.row ? row - resumed.row + resumed.step : row));
    const inside = all.filter((step) => step >= low && step <= high);
    const stride = Math.ceil(inside.length / (wish.maxPoints ?? Infinity)) || 1;
    const steps = inside.filter((_, index) => index % stride === 0);
    const series = { name: "loss", steps, values: steps.map(() => "NaN" as const), times: steps, tokens: null, smoothed: null, total: inside.length };
    return { series: [series], next: this.rows } satisfies SeriesAnswer as Methods[M]["result"];
  }
}

function run(rows: number): Run {
  const body = recording.events.find((event) => event.body.kind === "run")?.body;
  if (body?.kind !== "run") throw new Error("The recording has no run.");
  return { ...body.run, progress: { ...body.run.progress, rows } };
}

const { id } = run(0);

function feedOf(daemon: Daemon): Feed {
  const feed = new Feed(daemon, () => undefined);
  return feed;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function answered(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

async function grown(daemon: Daemon, rows: readonly number[], look = STEP): Promise<Feed> {
  const feed = feedOf(daemon);
  for (const count of rows) {
    daemon.rows = count;
    feed.want([run(count)], look);
    await answered();
  }
  return feed;
}

describe("the overview", () => {
  test("of a growing run is read on from its cursor, and no row comes twice", async () => {
    const daemon = new Daemon();
    const feed = await grown(daemon, [10, 10, 25]);
    expect(daemon.reads.map(({ since, maxPoints }) => [since, maxPoints])).toEqual([
      [0, OVERVIEW],
      [10, OVERVIEW],
    ]);
    const points = feed.series(id).get("loss");
    expect(points?.steps).toEqual(Array.from({ length: 25 }, (_, index) => index));
    expect(points?.values.every(Number.isNaN)).toBe(true);
    expect(points?.total).toBe(25);
  });

  test("is asked for anew when the look changes, and the old one stays until it comes", async () => {
    const daemon = new Daemon();
    const feed = await grown(daemon, [10]);
    feed.want([run(10)], { axis: "step", smoothing: 0.5 });
    expect(feed.series(id).size).toBe(1);
    await answered();
    expect(daemon.reads.at(-1)).toMatchObject({ since: 0, smoothing: 0.5 });
    feed.want([run(10)], { axis: "wall", smoothing: 0.5 });
    expect(feed.series(id).size).toBe(0);
    await answered();
    expect(feed.series(id).size).toBe(1);
  });

  test("of pieces that add up to too many is thinned anew", async () => {
    const daemon = new Daemon();
    await grown(daemon, [2000, 4000, 6000, 8000, 10_000, 10_001]);
    expect(daemon.reads.map(({ since }) => since)).toEqual([0, 2000, 4000, 6000, 8000, 0]);
  });

  test("of a run that was resumed at an earlier step is read anew", async () => {
    const daemon = new Daemon();
    const feed = await grown(daemon, [20]);
    daemon.resumed = { row: 20, step: 12 };
    daemon.rows = 25;
    feed.want([run(25)], STEP);
    await answered();
    feed.want([run(25)], STEP);
    await answered();
    expect(daemon.reads.map(({ since }) => since)).toEqual([0, 20, 0]);
  });
});

describe("details", () => {
  const still = () => vi.advanceTimersByTimeAsync(STILL);
  const sight = (from: number, to: number, look = STEP) => ({ look, span: [from, to] as const, wanted: new Map([[id, ["loss"]]]) });

  async function zoomed(...spans: [number, number][]): Promise<{ daemon: Daemon; feed: Feed }> {
    const daemon = new Daemon();
    const feed = await grown(daemon, [100_000]);
    daemon.reads.length = 0;
    for (const [from, to] of spans) feed.details.want(sight(from, to));
    await still();
    return { daemon, feed };
  }

  test("are asked for once a view stands still, with room to pan", async () => {
    const { daemon, feed } = await zoomed([0, 90_000], [40_000, 50_000], [50_000, 60_000]);
    expect(daemon.reads).toEqual([
      { run: id, metrics: ["loss"], low: 45_000, high: 65_000, maxPoints: DETAIL, ...STEP },
    ]);
    const detail = feed.details.of(id, "loss", [48_000, 52_000]);
    expect(detail?.points.steps.length).toBeGreaterThan(2 * OVERVIEW / 10);
    expect(feed.details.of(id, "loss", [40_000, 52_000])).toBeNull();
  });

  test("are not asked for again within what is there, but for a much closer look", async () => {
    const { daemon, feed } = await zoomed([50_000, 60_000]);
    feed.details.want(sight(52_000, 62_000));
    await still();
    expect(daemon.reads).toHaveLength(1);
    feed.details.want(sight(52_000, 53_000));
    await still();
    expect(daemon.reads.at(-1)).toMatchObject({ low: 51_500, high: 53_500 });
  });

  test("of a view that the person has left are given up", async () => {
    const { daemon, feed } = await zoomed();
    let open = (): void => undefined;
    daemon.gate = new Promise((resolve) => {
      open = resolve;
    });
    feed.details.want(sight(10_000, 11_000));
    await still();
    feed.details.want(sight(80_000, 81_000));
    expect(daemon.signals.at(-1)?.aborted).toBe(true);
    open();
    await still();
    expect(feed.details.of(id, "loss", [10_000, 11_000])).toBeNull();
    expect(feed.details.of(id, "loss", [80_000, 81_000])).not.toBeNull();
  });

  test("are forgotten with the whole view and with another look", async () => {
    const { feed } = await zoomed([50_000, 60_000]);
    feed.details.want(sight(50_000, 60_000, { axis: "step", smoothing: 0.9 }));
    expect(feed.details.of(id, "loss", [50_000, 60_000])).toBeNull();
  });
});
