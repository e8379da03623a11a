import type { Float } from "./protocol.js";

/** A wire number as a number: JSON has no other way to say NaN and the infinities. */
export function asNumber(told: Float): number {
  return typeof told === "number" ? told : Number(told);
}

/** `null` stays `null`. */
export function maybeNumber(told: Float | null | undefined): number | null {
  return told === null || told === undefined ? null : asNumber(told);
}

const MINUS = "\u2212";

/** A measured value with four significant digits: `0.2355`, `1.2e−5`, `136,000`, `NaN`, `∞`. */
export function value(number: number): string {
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "∞" : `${MINUS}∞`;
  const size = Math.abs(number);
  if (size === 0) return "0";
  const plain =
    size < 1e-3 || size >= 1e7
      ? number.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e")
      : size >= 1000
        ? Math.round(number).toLocaleString("en-US")
        : String(Number(number.toPrecision(4)));
  return plain.replaceAll("-", MINUS);
}

/** A score of the metric with the digits that its noise leaves: two or three decimals. */
export function score(number: number, noise: number | null = null): string {
  if (!Number.isFinite(number)) return value(number);
  if (Math.abs(number) >= 100) return value(number);
  const digits = noise !== null && noise > 0 && noise < 0.01 ? 3 : 2;
  return number.toFixed(digits).replace("-", MINUS);
}

/** With its sign: `+0.31`, `−0.02`. */
export function delta(number: number, format: (size: number) => string = value): string {
  if (Number.isNaN(number)) return "NaN";
  const size = format(Math.abs(number));
  if (Number(size) === 0) return size;
  return number < 0 ? `${MINUS}${size}` : `+${size}`;
}

/** Seconds as a clock: `3:12`, `1:02:09`. */
export function clock(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (part: number): string => String(part).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours
    ? `${hours}:${pad(minutes)}:${pad(whole % 60)}`
    : `${minutes}:${pad(whole % 60)}`;
}

/** `1 run`, `3 runs`. */
export function count(number: number, word: string): string {
  return `${number.toLocaleString("en-US")} ${word}${number === 1 ? "" : "s"}`;
}

/** Local time of day of UTC seconds. */
export function timeOfDay(seconds: number): string {
  return Number.isFinite(seconds) ? new Date(seconds * 1000).toLocaleTimeString() : "unknown time";
}
