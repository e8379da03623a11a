/** What waits for the person, and what they allowed. */
import * as assert from "node:assert/strict";
import { finishedSession, WHOLE_SESSION } from "./session";

suite("approvals", () => {
  setup(async function () {
    this.timeout(WHOLE_SESSION);
    await finishedSession();
  });

  test("each question says what would run, and was answered once", async () => {
    const { parts, asked } = await finishedSession();
    assert.ok(asked.length >= 2, `${asked.length} questions`);
    assert.deepEqual(new Set(asked.map(({ effects }) => effects.command)).has("python train.py"), true);
    assert.ok(asked[0]!.effects.runs > 0);
    const now = asked.map(({ id }) => parts.model.approvals.get(id)!);
    assert.deepEqual(new Set(now.map(({ state }) => state)), new Set(["granted"]));
    assert.deepEqual(now.slice(0, 2).map(({ reach }) => reach), ["once", "always"]);
    assert.deepEqual(parts.model.waiting, []);
  });

  test("a second answer to the same question is refused in one sentence", async () => {
    const { parts, asked } = await finishedSession();
    await assert.rejects(parts.approvals.grant(asked[0]!, "once"), /was allowed already; the first answer counts/);
  });

  test("what was allowed always is listed, and can be revoked", async () => {
    const { parts, asked } = await finishedSession();
    const { permissions } = await parts.server.request("intern/approvals", {});
    const always = permissions.find(({ reach }) => reach === "always");
    assert.equal(always?.covers, asked[1]!.covers);
    const after = await parts.server.request("intern/permission/revoke", { permission: always!.id });
    assert.equal(after.permissions.some(({ id }) => id === always!.id), false);
  });
});
