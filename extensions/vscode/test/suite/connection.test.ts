/** Finding the daemon, and what the window knows after that. */
import * as assert from "node:assert/strict";
import { Past } from "../../src/past";
import type { Event } from "../../src/protocol";
import { connected, root } from "./session";

suite("connection", () => {
  test("a workspace with intern.toml is connected to its daemon", async () => {
    const { server } = await connected();
    assert.equal(server.launcher?.origin, "the setting intern.pythonPath");
    assert.equal(server.root, root().fsPath);
  });

  test("five thousand steps are not held for the panels", () => {
    const past = new Past();
    const step = { session: "s-1", thought: "", code: "", observation: "x".repeat(4000), error: null, seconds: 0 };
    const progress = { step: 0, totalSteps: null, loss: 1, rows: 0, etaSeconds: null };
    for (let seq = 1; seq <= 10_000; seq += 2) {
      past.take({ seq, time: 0, body: { kind: "step", step: { ...step, number: seq } } });
      past.take({ seq: seq + 1, time: 0, body: { kind: "metrics", run: "run-1", progress: { ...progress, step: seq } } });
    }
    assert.deepEqual(past.events().map(({ seq }) => seq), [10_000]);
    assert.equal(past.take({ seq: 9_999, time: 0, body: { kind: "files", paths: [] } } satisfies Event), false);
  });
});
