/** Chat, approvals and comments, with Stop and Resume, on a trainer that takes a second. */
import assert from "node:assert/strict";
import { makeWorkspace } from "../workspace.mjs";

export async function conversation(scene) {
  const settings = { "intern.notifications": "important", "diffEditor.renderSideBySide": false };
  const workspace = makeWorkspace({ pause: 0.05, policy: 'run = "ask"' });
  await scene.visit(workspace, { settings }, () => flow(scene, workspace));
}

async function flow(scene, workspace) {
  const { window } = scene;
  const { page } = window;
  const step = (sentence, deed) => scene.step(sentence, deed);
  const approvals = () => JSON.parse(workspace.intern("approvals", "--json").stdout);
  const openChange = async () => {
    await window.openSideBar("Source Control");
    await window.unfold(page.locator(".scm-view .monaco-list-row", { hasText: /exp \d+ \+/ }).first());
    await page.locator(".scm-view .monaco-list-row", { hasText: "train.py" }).first().click();
  };
  const said = (pattern) => page.locator(".review-widget .review-comment", { hasText: pattern }).first();
  const chat = () => window.frame("intern-chat");
  const badge = page.locator(".activitybar .action-item", { has: page.locator('[aria-label^="Intern"]') }).locator(".badge-content").first();

  await step("what the repository asks to be asked waits for the person, and shows everywhere", async () => {
    await window.statusSays(/Intern: ready/);
    await window.openSideBar("Intern");
    await window.command("Intern: Improve This Training Run");
    await window.toast(/python train\.py, \d+ runs/).waitFor();
    await window.statusSays(/Intern: waiting for you/);
    await page.waitForFunction((element) => element.textContent === "1", await badge.elementHandle());
    assert.deepEqual(workspace.runs(), []);
    await scene.picture("approval-dark");
  });
  await step("Allow Once covers this question and no other", async () => {
    await window.toast(/python train\.py, \d+ runs/).getByRole("button", { name: "Allow Once" }).click();
    await window.row(/run-0001/).waitFor();
    await window.toast(/Try .*python train\.py/).waitFor();
    assert.deepEqual(approvals().permissions, []);
    assert.equal(workspace.runs().length, 3);
  });
  await step("experiments are allowed always, from the list of ways to answer", async () => {
    await window.toast(/Try .*python train\.py/).getByRole("button", { name: "More..." }).click();
    await window.pick("Always allow");
    await window.row(/exp 1/).waitFor();
    const [permission] = approvals().permissions;
    assert.deepEqual([permission.reach, permission.match], ["always", "python train.py"]);
  });
  await step("Approvals lists what is allowed", async () => {
    await window.command("Intern: Approvals");
    await page.locator(".quick-input-list .monaco-list-row", { hasText: "always, in this workspace" }).first().waitFor();
    await page.keyboard.press("Escape");
  });
  await step("Stop says which runs go on, and stops", async () => {
    await window.command("Intern: Stop");
    await page.locator(".monaco-dialog-box", { hasText: "Stop ws-1?" }).waitFor();
    await scene.picture("stop-dark");
    await window.dialog(/^Stop$|Stop and End/);
    await window.toast(/ws-1 stopped/).waitFor();
    await window.dismissToasts();
  });
  await step("a stopped session is resumed; a question is answered on its card in the chat, and it ends", async () => {
    await window.command("Intern: Resume Session");
    await window.command("Intern: Open Chat");
    const frame = await chat();
    const card = frame.locator("intern-chat").getByRole("button", { name: "Allow for this session" }).first();
    // The only question left is the report's: experiments were allowed for always.
    await card.click({ timeout: 150_000 });
    await card.waitFor({ state: "detached" });
    await window.toast(/ws-1 finished, \d kept/).waitFor({ timeout: 90_000 });
    await window.dismissToasts();
  });
  await step("the chat tells why, streamed, and the same after a reload", async () => {
    const write = async (text) => {
      const box = (await chat()).locator("intern-composer textarea");
      await box.fill(text);
      await box.press("Enter");
    };
    await window.command("Intern: Open Chat");
    await write("Why did you do that?");
    const answer = async () => (await chat()).locator("intern-chat", { hasText: /exp \d/ });
    await (await answer()).waitFor();
    await page.reload();
    await (await answer()).waitFor({ timeout: 60_000 });
    await (await chat()).locator("intern-chat", { hasText: "Why did you do that?" }).waitFor();
  });
  await step("a comment on a changed line is answered in its thread, and the thread outlives a reload", async () => {
    await openChange();
    const accept = page.locator(".codelens-decoration", { hasText: "Accept" }).first();
    await window.scrollTo(accept);
    const line = page.locator(".modified-in-monaco-diff-editor .view-line, .monaco-editor .view-line", { hasText: "learning_rate=" }).last();
    await line.click();
    await window.command("Comments: Add Comment on Current Selection");
    await page.locator(".review-widget .comment-form .monaco-editor").first().click();
    await page.keyboard.type("Why this value?");
    await page.locator(".review-widget").getByText("Send", { exact: true }).click();
    await said(/Why this value\?/).waitFor();
    await said(/exp \d+/).waitFor();
    await page.reload();
    await window.statusSays(/Intern: ready/);
    await window.command("Comments: Focus on Comments View");
    await page.locator(".comments-panel .monaco-list-row", { hasText: "Why this value?" }).first().waitFor();
    await window.command("View: Toggle Panel Visibility");
  });
  await step("chat and comments are drawn in every theme, without a serious finding of axe in the chat", async () => {
    await openChange();
    for (let attempt = 0; attempt < 5 && !(await said(/exp \d+/).isVisible()); attempt++) {
      await window.command("Comments: Expand All Comments"); // does nothing before the editor has read its comments
      await page.waitForTimeout(1000);
    }
    await said(/exp \d+/).waitFor();
    await scene.gallery({ comments: () => window.openSideBar("Source Control") });
    await window.command("View: Close All Editors");
    await window.command("Intern: Open Chat");
    // On its name: its middle is where the buttons appear.
    await page.locator(".pane-header .title", { hasText: "Runs" }).first().click();
    await window.widenSideBar(520);
    await scene.gallery({ chat });
  });
  await step("the doctor opens in a terminal", async () => {
    await window.command("Intern: Doctor");
    await page.locator(".terminal-tabs-entry, .single-terminal-tab", { hasText: /Doctor/ }).first().waitFor();
  });
}
