/** Numbers and names as a person reads them: with unit, sign and uncertainty. */
import type { Experiment, Float, Run, Session } from "./protocol";

export { goesOn } from "../../panels/src/folded";

/** The wire's number; NaN for what JSON can't say and for null. */
export function number(value: Float | null | undefined): number {
  return value === null || value === undefined ? NaN : Number(value);
}

/** `3:12`, `1:02:05`; a dash when unknown. */
export function clock(seconds: Float | null): string {
  const whole = Math.round(number(seconds));
  if (!Number.isFinite(whole)) return "-";
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${minutes}:${String(rest).padStart(2, "0")}`;
  return hours > 0 ? `${hours}:${tail.padStart(5, "0")}` : tail;
}

export function score(value: Float | null): string {
  const plain = number(value);
  return Number.isFinite(plain) ? plain.toFixed(2) : "-";
}

/** `+0.12`; with three digits when two would say nothing. */
export function gain(value: Float | null): string {
  const plain = number(value);
  if (!Number.isFinite(plain)) return "-";
  return (plain < 0 ? "" : "+") + plain.toFixed(Math.abs(plain) < 0.01 && plain !== 0 ? 3 : 2);
}

export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`;
}

export function short(commit: string): string {
  return commit.slice(0, 7);
}

export function rung(share: Float | null): string {
  const plain = number(share);
  if (!Number.isFinite(plain)) return "";
  return plain >= 1 ? "full" : `1/${Math.round(1 / plain)}`;
}

/** `exp 3`, or `baseline`. */
export function name(experiment: Experiment): string {
  return experiment.number === 0 ? "baseline" : `exp ${experiment.number}`;
}

/** `3:12 of 30:00, 9/24 runs`. */
export function spent(session: Session): string {
  const budget = clock(number(session.budget.minutes) * 60);
  const parts = [`${clock(session.spent.seconds)} of ${budget}`, `${session.spent.runs}/${session.budget.runs} runs`];
  if (number(session.budget.usd) > 0) parts.push(`$${number(session.spent.usd).toFixed(2)}`);
  return parts.join(", ");
}

/** The command that runs the same commit with the same seed again. */
export function reproduction(run: Run): string {
  const share = number(run.rung) < 1 ? ` --rung ${number(run.rung)}` : "";
  return `intern run --commit ${run.commit} --seed ${run.seed}${share} --evaluate`;
}
