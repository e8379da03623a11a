/** The agent's changes as the review shows them: by experiment, then by file, with their hunks. */
import type { Experiment, Hunk, Review } from "../../../panels/src/protocol";

export interface FileChange {
  readonly path: string;
  readonly hunks: readonly Hunk[];
}

export interface Change {
  /** The experiment that made it; undefined: not known to this page yet. */
  readonly experiment: Experiment | undefined;
  readonly commit: string;
  readonly files: readonly FileChange[];
}

/** In the order of the review: the oldest commit first. */
export function changesOf(review: Review, experiments: ReadonlyMap<string, Experiment>): Change[] {
  const commits = Map.groupBy(review.hunks, ({ commit }) => commit);
  return [...commits].map(([commit, hunks]) => ({
    commit,
    experiment: experiments.get(hunks[0]?.experiment ?? ""),
    files: [...Map.groupBy(hunks, ({ path }) => path)].map(([path, own]) => ({ path, hunks: own })),
  }));
}

/** The hunk that a line of the new text belongs to. @param line from 1. */
export function hunkAt(hunks: readonly Hunk[], line: number): Hunk | undefined {
  return (
    hunks.find(({ newStart, newLines }) => line >= newStart && line < newStart + Math.max(1, newLines)) ??
    // What was only deleted stands between two lines of the new text.
    hunks.reduce<Hunk | undefined>(
      (nearest, hunk) =>
        !nearest || Math.abs(hunk.newStart - line) < Math.abs(nearest.newStart - line) ? hunk : nearest,
      undefined,
    )
  );
}

/** `9 accepted, 1 rejected, 2 open`. */
export function tally(hunks: readonly Hunk[]): Record<Hunk["decision"], number> {
  const count = { accepted: 0, rejected: 0, open: 0 };
  for (const { decision } of hunks) count[decision] += 1;
  return count;
}
