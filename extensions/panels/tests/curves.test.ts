import { describe, expect, test } from "vitest";
import { inOrder, nearest, positions } from "../src/curves/axes.js";
import { curve } from "../src/curves/curve.js";
import { toCsv, toSvg } from "../src/curves/export.js";
import { grouped, groupOf, search } from "../src/curves/metrics.js";
import { bulk } from "../src/curves/outliers.js";
import { smooth } from "../src/curves/smoothing.js";
import { thinned } from "../src/curves/thinning.js";
import { FIRST_VIEW, restored, saved } from "../src/curves/view.js";

const many = Array.from({ length: 10_000 }, (_, index) => index);

describe("smoothing", () => {
  test("off leaves the values as they are", () => {
    expect(smooth([3, 1, 2], 0)).toEqual([3, 1, 2]);
  });

  test("the first value is itself, and a constant stays constant", () => {
    expect(smooth([4, 4, 4], 0.5)).toEqual([4, 4, 4]);
  });

  test("the average is the bias-corrected exponential one", () => {
    // (0.5 * 0.5 * 1 + 0.5 * 2) / (1 - 0.25)
    expect(smooth([1, 2], 0.5)[1]).toBeCloseTo(1.25 / 0.75, 12);
  });

  test("NaN and infinities stay, and move nothing", () => {
    const told = smooth([1, NaN, Infinity, 2], 0.5);
    expect(told[1]).toBeNaN();
    expect(told[2]).toBe(Infinity);
    expect(told[3]).toBeCloseTo(smooth([1, 2], 0.5)[1] ?? NaN, 12);
  });

  test("smoothing comes before thinning", () => {
    const values = many.map((index) => Math.sin(index / 50) + (index % 2));
    const drawn = curve({ steps: many, values, times: many }, "step", 0.95);
    const whole = smooth(values, 0.95);
    expect(drawn.xs.length).toBeLessThanOrEqual(2002);
    drawn.xs.forEach((step, index) => {
      expect(drawn.smoothed[index]).toBe(whole[step]);
    });
  });
});

describe("thinning", () => {
  test("a lone spike, the first and the last point survive", () => {
    const values = many.map((index) => (index === 5_003 ? 99 : 0));
    const kept = thinned(values, 100);
    expect(kept).toContain(5_003);
    expect([kept[0], kept.at(-1)]).toEqual([0, 9_999]);
    expect(kept.length).toBeLessThanOrEqual(102);
  });

  test("NaN stays in a thinned curve", () => {
    const values = many.map((index) => (index === 777 ? NaN : index));
    const drawn = curve({ steps: many, values, times: many }, "step", 0);
    expect(drawn.raw[drawn.xs.indexOf(777)]).toBeNaN();
  });
});

describe("axes", () => {
  test("a step that was logged twice counts once, as logged last", () => {
    expect(inOrder([1, 2, 3, 2, 3, 4])).toEqual([0, 3, 4, 5]);
  });

  test("a point without a time has no place on the time axis", () => {
    const points = { steps: [1, 2, 3], values: [1, 2, 3], times: [10, NaN, 14] };
    expect(positions(points, "relative")).toEqual([0, NaN, 4]);
    expect(curve(points, "relative", 0).xs).toEqual([0, 4]);
  });

  test("the nearest point is found at the ends, between and in nothing", () => {
    expect([nearest([1, 5, 9], -3), nearest([1, 5, 9], 6), nearest([1, 5, 9], 80)]).toEqual([0, 1, 2]);
    expect(nearest([], 1)).toBe(-1);
  });
});

describe("outliers", () => {
  test("a few spikes are counted and cut off", () => {
    const values = many.slice(0, 200).map((index) => (index % 100 === 50 ? 1000 : index % 7));
    expect(bulk(values)).toMatchObject({ outside: 2, low: 0 });
  });

  test("a falling loss is shown whole", () => {
    expect(bulk(many.slice(0, 200).map((index) => 4 * Math.exp(-index / 60)))).toBeNull();
  });

  test("NaN does not hide the range", () => {
    expect(bulk([NaN, ...Array.from({ length: 40 }, () => 1)])).toBeNull();
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
    curve: { xs: [1, 2], raw: [0.5, NaN], smoothed: [0.5, NaN], steps: [1, 2], times: [10, NaN] },
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
    const frame = { title: "<loss>", xLabel: "step", x: [1, 2], y: [0, 1], logY: false, foreground: "black", background: "white" } as const;
    const svg = toSvg({ ...frame, x: [1, 2], y: [0, 1] }, [named]);
    expect(new DOMParser().parseFromString(svg, "image/svg+xml").querySelector("parsererror")).toBeNull();
    expect(svg).toContain("&lt;loss&gt;");
  });
});

describe("the view", () => {
  test("what was saved comes back", () => {
    const view = { ...FIRST_VIEW, shown: ["run-1"], smoothing: 0.6, axis: "wall" as const, clip: false };
    expect(restored(saved(view))).toEqual(view);
  });

  test("what makes no sense is left out", () => {
    expect(restored({ smoothing: 4, axis: "moon", shown: 3 })).toEqual(FIRST_VIEW);
  });
});
