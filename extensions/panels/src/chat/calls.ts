import type { Step } from "../protocol.js";

const CALL = /\b(?!print\b|final_answer\b)([A-Za-z_]\w*)\(/;
const VERDICT = /"experiment": (\d+), "title": "(?:[^"\\]|\\.)*", "verdict": "(\w+)"(?:, "reason": "([+-][\d.]+))?/g;
const BASELINE = /"baseline": (-?[\d.]+)/;
const MINUS = "\u2212";

/** What a step called: `try_candidates(candidates=['epochs_up:x2'], because='…')`, in one line. */
export function called(step: Step): string {
  const begin = CALL.exec(step.code);
  if (!begin) return step.code.trim().split("\n")[0] ?? "";
  let depth = 0;
  let quote = "";
  for (let at = begin.index; at < step.code.length; at += 1) {
    const sign = step.code[at] ?? "";
    if (quote) {
      if (sign === "\\") at += 1;
      else if (sign === quote) quote = "";
    } else if (sign === "'" || sign === '"') quote = sign;
    else if ("([{".includes(sign)) depth += 1;
    else if (")]}".includes(sign)) depth -= 1;
    if (depth === 0 && sign === ")") return step.code.slice(begin.index, at + 1).replace(/\s+/g, " ");
  }
  return step.code.slice(begin.index).replace(/\s+/g, " ");
}

/** What came of a step, in a few words; empty: nothing that fits into a line. */
export function outcome(step: Step): string {
  if (step.error !== null) return step.error.trim().split("\n").at(-1) ?? "failed";
  const verdicts = [...step.observation.matchAll(VERDICT)].map(([, number = "", verdict = "", effect]) =>
    [`exp ${number}`, verdict, effect?.replace("-", MINUS)].filter(Boolean).join(" "),
  );
  if (verdicts.length) return verdicts.join(", ");
  if (!called(step).startsWith("measure_baseline(")) return "";
  const [, baseline] = BASELINE.exec(step.observation) ?? [];
  return baseline ? `baseline ${String(Number(Number(baseline).toPrecision(3))).replace("-", MINUS)}` : "";
}
