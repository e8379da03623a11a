/** A daemon that was killed. Runs last: it is the end of the daemon that the others asked. */
import * as assert from "node:assert/strict";
import { connected } from "./session";
import { tick, until } from "./waiting";

suite("a killed daemon", () => {
  test("is started again, with everything that was known", async () => {
    const { server, model } = await connected();
    const runs = model.runs.size;
    const { pid } = await server.request("intern/status", {});
    process.kill(pid, "SIGKILL");
    await until("another daemon", async () => {
      if (server.phase.kind !== "ready") return false;
      return server.request("intern/status", {}).then((status) => status.pid !== pid, () => false);
    }, [server.onPhase, tick]);
    await until("the state", () => model.caughtUp, [model.onChange]);
    assert.equal(model.runs.size, runs);
  });
});
