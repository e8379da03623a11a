import { expect, test } from "vitest";
import { asNumber, clock, delta, score, value } from "../src/numbers.js";

test("the wire's words for broken numbers are read as such", () => {
  expect(["NaN", "Infinity", "-Infinity", 1.5].map((told) => asNumber(told as "NaN"))).toEqual([NaN, Infinity, -Infinity, 1.5]);
});

test("values are short and keep what they mean", () => {
  expect([0, 0.23553, 136_000, 0.0000123, -4, NaN, Infinity].map(value)).toEqual([
    "0", "0.2355", "136,000", "1.23e−5", "−4", "NaN", "∞",
  ]);
});

test("a difference has a sign unless it is nothing", () => {
  const told = (size: number): string => score(size);
  expect([0.31, -0.02, 0.001].map((size) => delta(size, told))).toEqual(["+0.31", "−0.02", "0.00"]);
});

test("a clock counts minutes and hours", () => {
  expect([192, 3729, NaN].map(clock)).toEqual(["3:12", "1:02:09", "–"]);
});
