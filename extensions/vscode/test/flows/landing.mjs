/** The template, really trained: palette, live view, reload, killed daemon, verdicts, review, landing, undo. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { makeTemplate } from "../workspace.mjs";

/** Milliseconds for a session on two busy cores; its own budget ends it before. */
const SESSION = 420_000;

export async function landing(scene) {
  const settings = { "intern.notifications": "important", "diffEditor.renderSideBySide": false };
  await scene.visit(makeTemplate(), { settings }, (workspace) => flow(scene, workspace));
}

async function flow(scene, workspace) {
  const { window } = scene;
  const { page } = window;
  const step = (sentence, deed) => scene.step(sentence, deed);
  const script = path.join(workspace.root, "train.py");
  const original = readFileSync(script, "utf8");
  const start = workspace.git("rev-parse", "HEAD");
  const refused = [];
  page.on("console", (message) => /Content Security Policy/.test(message.text()) && refused.push(message.text()));
  const status = () => JSON.parse(workspace.intern("status", "--json").stdout);
  const group = (pattern) => page.locator(".scm-view .monaco-list-row", { hasText: pattern }).first();
  const panel = (command, element, text) => async () => {
    await window.command(command);
    const frame = await window.frame(element);
    await frame.locator(element, { hasText: text }).waitFor();
    return frame;
  };

  await step("the training script carries Run and Improve above its trainer", async () => {
    await window.statusSays(/Intern: ready/);
    await window.openFile("train.py");
    const lens = page.locator(".codelens-decoration", { hasText: "Improve" }).first();
    await window.scrollTo(lens);
    await scene.excerpt("open", ".part.editor");
  });
  await step("the Runs view invites to the first run", async () => {
    await window.openSideBar("Intern");
    await page.getByRole("button", { name: "Improve This Training Run" }).first().waitFor();
  });
  await step("the palette starts an improvement: its panel opens and its progress shows", async () => {
    await window.command("Intern: Improve This Training Run");
    await window.toast(/Improving sft/).waitFor();
    await window.statusSays(/Intern: .*\/18 runs/);
    await (await window.frame("intern-improve")).locator("intern-improve", { hasText: /baseline/i }).waitFor();
  });
  await step("the tree follows the baseline and its runs", async () => {
    await window.row(/baseline/).waitFor();
    await window.row(/run-0002/).waitFor({ timeout: 90_000 });
  });
  await step("a reload in the middle shows the same", async () => {
    await page.reload();
    await (await window.frame("intern-improve", 90_000)).locator("intern-improve", { hasText: /baseline/i }).waitFor();
    await window.row(/run-0002/).waitFor({ timeout: 60_000 });
    await window.toast(/Improving sft/).waitFor();
  });
  await step("a killed daemon is started again, offers to resume, and has lost nothing", async () => {
    await window.row(/exp 1/).waitFor({ timeout: 180_000 });
    const before = status();
    process.kill(before.pid, "SIGKILL");
    const offer = window.toast(/was interrupted/);
    await offer.waitFor({ timeout: 60_000 });
    await offer.getByRole("button", { name: "Resume" }).click();
    await window.toast(/Improving sft/).waitFor({ timeout: 60_000 });
    const after = status();
    assert.notEqual(after.pid, before.pid);
    assert.equal(after.session.id, before.session.id);
    assert.ok(after.head > before.head);
    await window.row(/run-0001/).waitFor();
  });
  await step("the session ends with kept experiments and a report", async () => {
    await window.toast(/finished, \d+ kept/).waitFor({ timeout: SESSION });
    await window.statusSays(/Intern: ready/);
    await window.dismissToasts();
  });

  const review = () => JSON.parse(workspace.intern("review", "--json").stdout);
  await step("every panel is drawn in every theme, without a serious finding of axe", async () => {
    await window.command("Intern: Open Improve Panel");
    await scene.gallery({
      improve: panel("Intern: Open Improve Panel", "intern-improve", /learning rate/),
      curves: async () => {
        const frame = await panel("Intern: Open Curves", "intern-curves", /loss/)();
        await frame.locator("intern-curves canvas").first().waitFor();
        return frame;
      },
      diagnosis: async () => {
        const frame = await panel("Intern: Diagnose Last Run", "intern-diagnosis", /run-\d+/)();
        await frame.getByRole("combobox").selectOption("run-0001"); // the baseline is what is sick
        await frame.locator("intern-diagnosis", { hasText: "What to try" }).waitFor();
        return frame;
      },
      report: panel("Intern: Show Report", "intern-report", /exact_match/),
    });
    assert.deepEqual(refused, []);
    await window.command("Intern: Open Improve Panel");
    await scene.excerpt("improve", ".part.editor");
  });
  await step("a run and an experiment chosen in the Runs view are compared: curves, and the settings in which they differ", async () => {
    await window.openSideBar("Intern");
    await window.row(/run-0001/).click();
    await window.row(/exp 1 /).click({ modifiers: ["Control"] });
    await window.choose(window.row(/exp 1 /), "Compare Runs");
    await (await window.frame("intern-comparison")).locator("intern-comparison", { hasText: "learning_rate" }).waitFor();
  });
  await step("Review Changes opens each kept change with Accept and Reject above it", async () => {
    await window.command("View: Close All Editors");
    await window.openSideBar("Source Control");
    await window.command("Intern: Review Changes");
    await page.locator(".multiDiffEntry").first().waitFor();
    await page.locator(".codelens-decoration", { hasText: "Accept" }).first().waitFor();
    await scene.gallery({ review: async () => void (await group(/exp \d+ \+/).waitFor()) });
    await scene.excerpt("land", ".part.editor");
  });
  let kept = [];
  await step("one hunk is rejected on its line, the rest is accepted in the Source Control view", async () => {
    kept = [...new Map(review().hunks.map((hunk) => [hunk.commit, hunk])).values()];
    assert.ok(kept.length >= 2, `${kept.length} kept experiments`);
    const name = (hunk) => `exp ${hunk.experiment.split("/").pop()}`;
    const last = kept.at(-1);
    await window.command("View: Close All Editors");
    await window.unfold(group(new RegExp(`${name(last)} `)));
    await page.locator(".scm-view .monaco-list-row", { hasText: last.path }).last().click();
    const reject = page.locator(".codelens-decoration a", { hasText: "Reject" }).first();
    await window.scrollTo(reject);
    await reject.click();
    await page.locator(".codelens-decoration", { hasText: "Rejected" }).first().waitFor();
    await group(new RegExp(`${name(last)} .*1 rejected`)).waitFor();
    for (const hunk of kept.slice(0, -1)) {
      const row = group(new RegExp(`${name(hunk)} `));
      await row.hover();
      await row.getByRole("button", { name: "Accept Experiment" }).click();
      await group(new RegExp(`${name(hunk)} .*\\d accepted`)).waitFor();
    }
    const decided = review().hunks;
    assert.deepEqual(
      decided.map(({ decision }) => decision),
      decided.map(({ commit }) => (commit === last.commit ? "rejected" : "accepted")),
    );
  });
  await step("a landing is refused while an editor holds unsaved changes", async () => {
    await window.command("View: Close All Editors");
    await window.openFile("train.py");
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("# not saved\n");
    await page.locator(".part.editor .view-line", { hasText: "not saved" }).first().waitFor();
    await window.command("Intern: Land Accepted Changes");
    await window.pick("Squash");
    await window.toast(/train.py has unsaved changes in an editor/).waitFor();
    assert.equal(readFileSync(script, "utf8"), original);
    assert.equal(workspace.git("rev-parse", "HEAD"), start);
    await page.locator(".part.editor .view-line", { hasText: "not saved" }).first().click();
    await window.command("File: Revert File");
    await window.dismissToasts();
  });
  await step("the rest lands: every byte is git's, and nothing of the rejected hunk", async () => {
    await window.command("Intern: Land Accepted Changes");
    await window.pick("Squash");
    await page.locator(".monaco-dialog-box", { hasText: "Land on main?" }).waitFor();
    await window.dialog("Land");
    await window.toast(/Landed on main/).waitFor();
    // What was rejected is the newest commit of the agent's branch, so what landed is the tree before it.
    const expected = workspace.git("rev-parse", `${kept.at(-1).commit}^^{tree}`);
    assert.equal(workspace.git("rev-parse", "HEAD^{tree}"), expected);
    assert.equal(workspace.git("rev-parse", "HEAD^"), start);
    assert.equal(workspace.git("status", "--porcelain"), "");
    const landed = workspace.git.raw("show", `${kept.at(-1).commit}^:train.py`);
    assert.ok(readFileSync(script).equals(landed));
    assert.notEqual(readFileSync(script, "utf8"), original);
  });
  await step("Undo Landing gives the old bytes back", async () => {
    await page.locator(".notification-toast").getByRole("button", { name: "Undo Landing" }).click();
    await window.dialog("Undo Landing");
    await window.toast(/was undone/).waitFor();
    assert.equal(readFileSync(script, "utf8"), original);
    assert.equal(workspace.git("rev-parse", "HEAD^{tree}"), workspace.git("rev-parse", `${start}^{tree}`));
    assert.equal(workspace.git("status", "--porcelain"), "");
  });
}
