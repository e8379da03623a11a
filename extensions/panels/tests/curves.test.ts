import { describe, expect, test } from "vitest";
import { type Curve, firstFrom, nearest } from "../src/curves/axes.js";
import { coinciding } from "../src/curves/coinciding.js";
import { curve } from "../src/curves/curve.js";
import { visible } from "../src/curves/drawing.js";
import { toCsv, toSvg } from "../src/curves/export.js";
import { grouped, groupOf, search } from "../src/curves/metrics.js";
import { bulk } from "../src/curves/outliers.js";
import type { Line } from "../src/curves/plot.js";
import { extent, scaled } from "../src/curves/scale.js";
import { shifted, stretched } from "../src/curves/spans.js";
import { trace } from "../src/curves/strokes.js";
import { FIRST_VIEW, restored, saved } from "../src/curves/view.js";

const many = Array.from({ length: 10_000 }, (_, index) => index);
const all = (values: readonly number[]) => [{ values, start: 0, end: values.length }];

function points(values: number[]) {
  const steps = values.map((_, index) => index);
  return { steps, values, times: steps.map((step) => 100 + 2 * step), tokens: null, smoothed: null, total: values.length };
}

function line(title: string, values: number[]): Line {
  return { run: title, title, variable: "--a", colour: "red", dash: [], curve: curve(points(values), "step", NaN) };
}

describe("a curve", () => {
  test("lies on each axis where the daemon placed its points", () => {
    const told = { ...points([1, 2]), tokens: [512, 1024] };
    const on = (axis: "step" | "wall" | "relative" | "tokens") => curve(told, axis, 96).xs;
    expect([on("step"), on("wall"), on("relative"), on("tokens")]).toEqual([[0, 1], [100, 102], [4, 6], [512, 1024]]);
  });

  test("knows its broken values, and whether points were left out", () => {
    expect(curve(points([1, NaN, Infinity]), "step", NaN)).toMatchObject({ broken: [1, 2], thinned: false });
    expect(curve({ ...points([1]), total: 9 }, "step", NaN).thinned).toBe(true);
  });

  test("is its own smoothed curve when smoothing is off", () => {
    const drawn = curve(points([1, 2]), "step", NaN);
    expect(drawn.smoothed).toBe(drawn.raw);
  });
});

describe("places", () => {
  test("the nearest point is found at the ends, between and in nothing", () => {
    expect([nearest([1, 5, 9], -3), nearest([1, 5, 9], 6), nearest([1, 5, 9], 80)]).toEqual([0, 1, 2]);
    expect(nearest([], 1)).toBe(-1);
    expect([firstFrom([1, 5, 9], 5), firstFrom([1, 5, 9], 10)]).toEqual([1, 3]);
  });

  test("one point beyond each end is in sight, for the line to the edge", () => {
    const drawn = curve(points(many), "step", NaN);
    expect(visible(drawn, [10.5, 20])).toEqual([10, 22]);
    expect(visible(drawn, [-5, 1e6])).toEqual([0, 10_000]);
  });

  test("a log scale has its ends where they belong, and no place for 0", () => {
    const place = scaled(1, 100, 0, 200, true);
    expect([place(1), place(10), place(100), place(0)]).toEqual([0, 100, 200, NaN]);
    expect(scaled(0, 4, 100, 0, false)(1)).toBe(75);
  });

  test("the extent leaves out what a log axis can't hold", () => {
    expect(extent([-1, NaN, 4, Infinity, 2], 0, 5, true)).toEqual([2, 4]);
    expect(extent([NaN], 0, 1, false)).toBeNull();
  });

  test("panning and zooming keep their measure on either kind of axis", () => {
    expect([shifted([0, 10], 0.5, false), shifted([1, 100], 0.5, true)]).toEqual([[5, 15], [10, 1000]]);
    expect([stretched([0, 10], null, 0.5, false), stretched([1, 10_000], null, 0.5, true)]).toEqual([[2.5, 7.5], [10, 1000]]);
    expect(stretched([0, 10], 8, 2, false)).toEqual([-2, 18]);
  });
});

describe("a stroke", () => {
  function drawn(xs: number[], values: number[]): string {
    const path: string[] = [];
    const pen = { moveTo: (x: number, y: number) => path.push(`M${x},${y}`), lineTo: (x: number, y: number) => path.push(`L${x},${y}`) };
    trace(pen, xs, values, [0, xs.length], (x) => x, (y) => y);
    return path.join(" ");
  }

  test("has a gap where a value has no place", () => {
    expect(drawn([1, 2, 3, 4], [1, NaN, 3, 4])).toBe("M1,1 M3,3 L4,4");
  });

  test("keeps the lowest and the highest of many points in one column", () => {
    expect(drawn([1, 1.1, 1.2, 1.3, 2], [5, 99, -7, 6, 5])).toBe("M1,5 L1,-7 L1,99 L1,6 L2,5");
  });
});

describe("lines with the same values", () => {
  test("are named under the one that hides them", () => {
    const lines = [line("a", [1, NaN]), line("b", [1, 2]), line("c", [1, NaN]), line("d", [1, NaN])];
    expect([...coinciding(lines)]).toEqual([["d", ["c", "a"]]]);
  });

  test("are not told of what logged nothing", () => {
    expect(coinciding([line("a", []), line("b", [])]).size).toBe(0);
  });
});

describe("outliers", () => {
  test("a few spikes are counted and cut off", () => {
    const values = many.slice(0, 200).map((index) => (index % 100 === 50 ? 1000 : index % 7));
    expect(bulk(all(values))).toMatchObject({ outside: 2, low: 0 });
  });

  test("of very many values each spike is counted still", () => {
    const values = many.concat(many).map((index) => (index % 5000 === 77 ? 1e6 : index % 7));
    expect(bulk([{ values, start: 0, end: 100 }, { values, start: 100, end: values.length }])).toMatchObject({ outside: 4 });
  });

  test("a falling loss is shown whole", () => {
    expect(bulk(all(many.slice(0, 200).map((index) => 4 * Math.exp(-index / 60))))).toBeNull();
  });

  test("NaN does not hide the range", () => {
    expect(bulk(all([NaN, ...Array.from({ length: 40 }, () => 1)]))).toBeNull();
  });
});

describe("metrics", () => {
  test("a metric belongs to its prefix", () => {
    expect(["rewards/margins", "eval_loss", "loss"].map(groupOf)).toEqual(["rewards", "eval", "train"]);
  });

  test("groups come in a fixed order, the loss first in each", () => {
    const groups = grouped(["system/gpu", "epoch", "eval_accuracy", "eval_loss", "loss"]);
    expect([...groups]).toEqual([
      ["train", ["loss", "epoch"]],
      ["eval", ["eval_loss", "eval_accuracy"]],
      ["system", ["system/gpu"]],
    ]);
  });

  test("a search that is no regular expression is taken as text", () => {
    expect(search("^eval").matches("eval_loss")).toBe(true);
    expect(search("loss(")).toMatchObject({ broken: true });
    expect(search("loss(").matches("a loss(b)")).toBe(true);
  });
});

describe("export", () => {
  const named = {
    run: "=evil,\"run\"",
    colour: "red",
    dash: [],
    curve: { xs: [1, 2], raw: [0.5, NaN], smoothed: [0.5, NaN], steps: [1, 2], times: [10, NaN], broken: [1], thinned: false } satisfies Curve,
  };

  test("CSV quotes names, keeps NaN and lets no cell be a formula", () => {
    expect(toCsv("loss", [named]).split("\r\n")).toEqual([
      "run,metric,step,time,value,smoothed",
      '"\'=evil,""run""",loss,1,10,0.5,0.5',
      '"\'=evil,""run""",loss,2,,NaN,NaN',
      "",
    ]);
  });

  test("SVG escapes names", () => {
    const frame = { title: "<loss>", xLabel: "step", x: [1, 2], y: [0, 1], logX: false, logY: false, foreground: "black", background: "white" } as const;
    const svg = toSvg({ ...frame, x: [1, 2], y: [0, 1] }, [named]);
    expect(new DOMParser().parseFromString(svg, "image/svg+xml").querySelector("parsererror")).toBeNull();
    expect(svg).toContain("&lt;loss&gt;");
  });
});

describe("the view", () => {
  test("what was saved comes back", () => {
    const view = { ...FIRST_VIEW, shown: ["run-1"], smoothing: 0.6, axis: "tokens" as const, logX: true, clip: false };
    expect(restored(saved(view))).toEqual(view);
  });

  test("what makes no sense is left out", () => {
    expect(restored({ smoothing: 4, axis: "moon", shown: 3 })).toEqual(FIRST_VIEW);
  });
});
