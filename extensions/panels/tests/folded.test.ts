import { describe, expect, test } from "vitest";
import recorded from "../demo/recording.json";
import { recording } from "../demo/recorded-host.js";
import { Folded } from "../src/folded.js";
import type { Happening, Run } from "../src/protocol.js";

function folded(bodies: readonly Happening[]): Folded {
  const state = new Folded();
  bodies.forEach((body, index) => {
    state.fold({ seq: index + 1, time: 0, body });
  });
  return state;
}

function plain(state: Folded): unknown {
  return {
    head: state.head,
    sessions: Object.fromEntries(state.sessions),
    experiments: Object.fromEntries(state.experiments),
    runs: Object.fromEntries(state.runs),
    findings: Object.fromEntries(state.findings),
    hunks: [...state.hunks.values()].flatMap((decided) => [...decided.values()]),
    landings: Object.fromEntries(state.landings),
  };
}

/** Steps are read in pages, and not folded. */
const told = Object.fromEntries(Object.entries(recorded.state).filter(([name]) => name !== "steps"));

describe("folding", () => {
  test("a recorded session folds to the state that the daemon folds", () => {
    const state = new Folded();
    for (const event of recording.events) state.fold(event);
    expect(plain(state)).toEqual(told);
  });

  test("events that come twice change nothing", () => {
    const state = new Folded();
    for (const event of recording.events) state.fold(event);
    for (const event of recording.events.slice(-40)) state.fold(event);
    expect(plain(state)).toEqual(told);
  });

  test("progress of a run that nobody announced is left out", () => {
    const progress = { step: 1, totalSteps: null, loss: 1, rows: 1, etaSeconds: null };
    expect(folded([{ kind: "metrics", run: "run-1", progress }]).runs.size).toBe(0);
  });

  test("progress replaces the progress of its run and nothing else", () => {
    // The recording is of a daemon that had fewer fields.
    const run = recorded.state.runs["run-0001"] as unknown as Run;
    const progress = { step: 7, totalSteps: 9, loss: 0.5, rows: 7, etaSeconds: 2 };
    const state = folded([
      { kind: "run", run },
      { kind: "metrics", run: run.id, progress },
    ]);
    expect(state.runs.get(run.id)).toEqual({ ...run, progress });
  });

  test("the newest decision on a hunk counts, one session apart from another", () => {
    const state = folded([
      { kind: "hunk", session: "s1", hunk: "h", decision: "accepted" },
      { kind: "hunk", session: "s2", hunk: "h", decision: "accepted" },
      { kind: "hunk", session: "s1", hunk: "h", decision: "rejected" },
    ]);
    expect(state.hunks.get("s1")?.get("h")?.decision).toBe("rejected");
    expect(state.hunks.get("s2")?.get("h")?.decision).toBe("accepted");
  });

  test("an undone landing replaces the landing", () => {
    const landed = { kind: "landed", session: "s1", branch: "main", before: "a", after: "b", hunks: [] } as const;
    const state = folded([
      { ...landed, hunks: [], undone: false },
      { ...landed, hunks: [], undone: true },
    ]);
    expect(state.landings.get("s1")?.undone).toBe(true);
  });

  test("the newest session is the one that began last", () => {
    const [first] = Object.values(recorded.state.sessions) as { created: number }[];
    const session = first as unknown as Parameters<typeof sessionChanged>[0];
    const state = folded([
      sessionChanged({ ...session, id: "late", created: 2 }),
      sessionChanged({ ...session, id: "early", created: 1 }),
    ]);
    expect(state.newestSession()?.id).toBe("late");
  });
});

function sessionChanged(session: Extract<Happening, { kind: "session" }>["session"]): Happening {
  return { kind: "session", session };
}
