import { describe, expect, test } from "vitest";
import { recording } from "../demo/recorded-host.js";
import { called, outcome } from "../src/chat/calls.js";
import { took } from "../src/chat/step.js";
import { commandOf, commandsFor, mentionsFor, stillNamed, typing } from "../src/chat/suggestions.js";
import { target } from "../src/links.js";
import type { Step } from "../src/protocol.js";

const STEPS = recording.events.flatMap(({ body }) => (body.kind === "step" ? body.step : []));
const STEP: Step = { session: "s", number: 1, thought: "", code: "", observation: "", error: null, seconds: 0 };

describe("a step in a line", () => {
  test("names what it called, and what came of it", () => {
    expect(STEPS.slice(0, 3).map((step) => [called(step).slice(0, 30), outcome(step)])).toEqual([
      ["situation()", ""],
      ["measure_baseline()", "baseline 0.236"],
      ["try_candidates(candidates=['le", "exp 1 keep +0.168, exp 2 discard +0.027"],
    ]);
  });

  test("a bracket in a text does not end the call", () => {
    expect(called({ ...STEP, code: "print(stop(because='no idea :) is left', code=[1,\n 2]))" })).toBe(
      "stop(because='no idea :) is left', code=[1, 2])",
    );
  });

  test("code that calls nothing is told by its first line", () => {
    expect(called({ ...STEP, code: "x = 1\ny = 2" })).toBe("x = 1");
  });

  test("an error is told by its last line", () => {
    expect(outcome({ ...STEP, error: "Traceback\nValueError: no such candidate" })).toBe("ValueError: no such candidate");
  });

  test.each([
    [0.0028, "0 s"],
    [0.31, "0.3 s"],
    [41.2, "41 s"],
    [192, "3:12"],
  ])("%d seconds read %s", (seconds, words) => {
    expect(took(seconds)).toBe(words);
  });
});

describe("links", () => {
  test.each([
    ["intern:file/train.py#L41", { kind: "file", path: "train.py", line: 41, endLine: null }],
    ["intern:file/src/a%20b.py#L3-L9", { kind: "file", path: "src/a b.py", line: 3, endLine: 9 }],
    ["intern:run/run-0014", { kind: "run", run: "run-0014" }],
    ["intern:experiment/sft-1/3", { kind: "experiment", experiment: "sft-1/3" }],
    ["intern:commit/a1b2c3d", { kind: "commit", commit: "a1b2c3d" }],
    ["intern:finding/run-0014/S5", { kind: "finding", run: "run-0014", rule: "S5" }],
  ])("%s leads to a thing of the workspace", (href, to) => {
    expect(target(href)).toEqual(to);
  });

  test.each(["intern:file//etc/passwd", "intern:file/../secret", "intern:file/a/%2e%2e/b", "intern:shell/rm", "intern:commit/main", "file:///x", "intern:file/%"])(
    "%s leads nowhere",
    (href) => {
      expect(target(href)).toBeNull();
    },
  );
});

describe("what is being written", () => {
  test.each([
    ["/", 1, { what: "command", from: 0, prefix: "/", kind: null }],
    ["/wh", 3, { what: "command", from: 0, prefix: "/wh", kind: null }],
    ["/why @ex", 8, { what: "mention", from: 5, prefix: "ex", kind: null }],
    ["see @run:14", 11, { what: "mention", from: 4, prefix: "14", kind: "run" }],
    ["@", 1, { what: "mention", from: 0, prefix: "", kind: null }],
    ["me@example", 10, null],
    ["/why this", 9, null],
    ["a/b", 3, null],
  ])("%s", (text, caret, found) => {
    expect(typing(text, caret)).toEqual(found);
  });

  const commands = [{ name: "/why", arguments: "[experiment]", summary: "Why." }];

  test("commands are told with their arguments", () => {
    const found = typing("/w", 2);
    expect(found && commandsFor(found, commands)).toMatchObject([{ label: "/why [experiment]", text: "/why " }]);
    expect(commandOf("/why exp 3", commands)?.summary).toBe("Why.");
    expect(commandOf("why", commands)).toBeUndefined();
  });

  test("kinds are offered before things, until one is written out", () => {
    const mention = { kind: "run", ref: "run-1", label: "run-1", detail: "", line: null } as const;
    const labels = (text: string): string[] => {
      const found = typing(text, text.length);
      return found ? mentionsFor(found, [mention]).map(({ label }) => label) : [];
    };
    expect(labels("@")).toEqual(["@file", "@run", "@dataset", "@finding", "@experiment", "@run-1"]);
    expect(labels("@f")).toEqual(["@file", "@finding", "@run-1"]);
    expect(labels("@run:")).toEqual(["@run-1"]);
  });

  test("a mention that was deleted from the text is not sent", () => {
    const run = { kind: "run", ref: "run-1", label: "run-1" } as const;
    expect(stillNamed("why @run-1", [run, run])).toEqual([run]);
    expect(stillNamed("why", [run])).toEqual([]);
  });
});
