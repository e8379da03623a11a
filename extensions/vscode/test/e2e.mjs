/** From palette to landed improvement, as a person goes through it: the package, a real daemon, real runs. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { openBrowser, startWorkbench, Window } from "./workbench.mjs";
import { makeWorkspace } from "./workspace.mjs";

const here = path.resolve(import.meta.dirname, "..");
const vsix = path.join(here, "intern.vsix");
const pictures = process.argv.includes("--pictures") ? path.resolve(here, "../../docs/images") : path.join(here, ".tools", "pictures");
mkdirSync(pictures, { recursive: true });

const browser = await openBrowser();
const began = Date.now();
let window = null;
let failed = 0;

async function step(sentence, deed) {
  if (failed) return; // each step stands on the one before
  try {
    await deed();
    console.log(`ok   ${sentence} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${sentence}\n${error.stack}`);
    await window?.page.screenshot({ path: path.join(pictures, "vscode-failed.png") });
  }
}

const picture = (name) => window.screenshot(path.join(pictures, `vscode-${name}.png`));
const withPanels = existsSync(path.join(here, "dist", "page.js"));
const THEMES = { dark: ["Dark Modern", "vs-dark"], light: ["Light Modern", "vs"], contrast: ["Dark High Contrast", "hc-black"] };

/** One window on a fresh workspace: `deed` is given both. */
async function visit(options, deed, prepare = () => undefined) {
  const workspace = makeWorkspace();
  prepare(workspace);
  const workbench = await startWorkbench(workspace, { vsix, ...options });
  try {
    window = await Window.open(browser, workbench.url);
    await deed(workspace);
    await window.page.close();
  } finally {
    await workbench.stop();
    workspace.remove();
  }
}

async function refusals() {
  const never = { "security.workspace.trust.startupPrompt": "never" };
  await visit({ trusted: false, settings: never }, (workspace) =>
    step("an untrusted workspace gets no daemon, and the status bar says so", async () => {
      await window.statusSays(/Intern: untrusted/);
      await window.command("Intern: Run Training");
      await window.toast(/not trusted, so Intern executes nothing/).waitFor();
      await picture("untrusted-dark");
      assert.equal(existsSync(path.join(workspace.root, ".intern")), false);
    }),
  );
  await visit({ pythonPath: path.join(import.meta.dirname, "newer_daemon.py") }, () =>
    step("a daemon of another protocol is told in one message", async () => {
      await window.statusSays(/Intern: offline/);
      await window.command("Intern: Run Training");
      await window.toast(/speaks protocol 1 to 1, this daemon 8 to 9/).waitFor();
      assert.equal(await window.page.locator(".notification-toast").count(), 1);
    }),
  );
  const withoutGit = (workspace) => rmSync(path.join(workspace.root, ".git"), { recursive: true });
  const told = () =>
    step("a folder without a repository is told what is missing", async () => {
      await window.statusSays(/Intern: offline/);
      await window.command("Intern: Run Training");
      await window.toast(/is not inside a git repository; make one with `git init`/).waitFor();
    });
  await visit({}, told, withoutGit);
}

async function improvement() {
  const workspace = makeWorkspace(0.08);
  const settings = { "intern.notifications": "important" };
  const workbench = await startWorkbench(workspace, { vsix, settings });
  const script = path.join(workspace.root, "train.py");
  const original = readFileSync(script, "utf8");
  // Through the palette: without native watchers a changed settings file is not noticed.
  const theme = async (name) => {
    const [label, base] = THEMES[name];
    await window.command("Preferences: Color Theme");
    const input = window.page.locator(".quick-input-widget .quick-input-box input");
    await input.fill(label);
    await window.pick(label);
    await window.page.locator(`.monaco-workbench.${base}`).first().waitFor();
  };
  const inThemes = async (name) => {
    for (const each of ["light", "contrast", "dark"]) {
      await theme(each);
      await picture(`${name}-${each}`);
    }
  };
  try {
    window = await Window.open(browser, workbench.url);
    const { page } = window;
    const refused = [];
    page.on("console", (message) => /Content Security Policy/.test(message.text()) && refused.push(message.text()));
    await step("the status bar says ready", () => window.statusSays(/Intern: ready/));
    await step("the Runs view invites to the first run", async () => {
      await page.locator(".activitybar .action-item", { has: page.locator('[aria-label^="Intern"]') }).first().click();
      await page.getByRole("button", { name: "Improve This Training Run" }).first().waitFor();
    });
    await step("the palette starts an improvement, and its progress shows", async () => {
      await window.command("Intern: Improve This Training Run");
      await window.toast(/Improving ws-1/).waitFor();
      await window.statusSays(/Intern: .*\/30 runs/);
    });
    await step("the tree shows the baseline and its runs", async () => {
      await window.row(/baseline/).waitFor();
      await window.row(/run-0001/).waitFor();
      await window.row(/exp 1/).waitFor({ timeout: 60_000 });
      await inThemes("running");
    });
    if (withPanels) {
      await step("the Improve panel opened beside it and shows the baseline", async () => {
        const frame = await window.frame("intern-improve");
        await frame.locator("intern-improve", { hasText: /baseline/i }).waitFor();
      });
    }
    await step("a reload in the middle shows the same", async () => {
      await page.reload();
      if (withPanels) await (await window.frame("intern-improve")).locator("intern-improve", { hasText: /baseline/i }).waitFor();
      await window.row(/run-0001/).waitFor({ timeout: 60_000 });
      await window.statusSays(/Intern: .*\/30 runs/);
      await window.toast(/Improving ws-1/).waitFor();
    });
    await step("Stop says which runs go on, and stops", async () => {
      await window.command("Intern: Stop");
      await page.locator(".monaco-dialog-box", { hasText: "Stop ws-1?" }).waitFor();
      await picture("stop-dark");
      await window.dialog(/^Stop$|Stop and End/);
      await window.toast(/ws-1 stopped/).waitFor();
      await window.statusSays(/Intern: ready/);
      await window.dismissToasts();
    });
    await step("a stopped session is resumed and ends with kept experiments", async () => {
      await window.command("Intern: Resume Session");
      await window.toast(/ws-1 finished, \d kept/).waitFor({ timeout: 150_000 });
      await inThemes("finished");
    });
    if (withPanels) {
      await step("the curves of the runs are drawn", async () => {
        await window.dismissToasts();
        await window.command("Intern: Open Curves");
        const frame = await window.frame("intern-curves canvas");
        await frame.locator("intern-curves canvas").first().waitFor();
        await inThemes("curves");
      });
      await step("the panels of the session and of its findings are drawn", async () => {
        await window.command("Intern: Diagnose Last Run");
        await (await window.frame("intern-diagnosis")).locator("intern-diagnosis", { hasText: /still falling/ }).waitFor();
        await inThemes("diagnosis");
        await window.command("Intern: Open Improve Panel");
        await (await window.frame("intern-improve")).locator("intern-improve", { hasText: /learning rate/ }).waitFor();
        await inThemes("improve");
        assert.deepEqual(refused, []);
      });
    }
    await step("Review Changes opens each kept change with Accept and Reject above it", async () => {
      await window.dismissToasts();
      await window.command("Intern: Review Changes");
      await page.locator(".multiDiffEntry").first().waitFor();
      await page.locator(".codelens-decoration", { hasText: "Accept" }).first().waitFor();
      await inThemes("review");
    });
    await step("one hunk is accepted on the line, the rest decided in the Source Control view", async () => {
      await page.locator(".codelens-decoration a", { hasText: "Accept" }).first().click();
      await page.locator(".codelens-decoration", { hasText: "Accepted" }).first().waitFor();
      await page.locator('.activitybar .action-item', { has: page.locator('[aria-label^="Source Control"]') }).first().click();
      const group = (pattern) => page.locator(".scm-view .monaco-list-row", { hasText: pattern }).first();
      await group(/exp 1 .*1 accepted/).waitFor();
      const review = JSON.parse(workspace.intern("review", "--json").stdout);
      for (const hunk of review.hunks.filter(({ decision }) => decision === "open")) {
        const accept = hunk.lines.some((line) => line.startsWith("+") && line.includes("learning_rate"));
        const row = group(new RegExp(`exp ${hunk.experiment.split("/").pop()} `));
        await row.hover();
        await row.getByRole("button", { name: accept ? "Accept Experiment" : "Reject Experiment" }).click();
        await group(new RegExp(`exp ${hunk.experiment.split("/").pop()} .*1 ${accept ? "accepted" : "rejected"}`)).waitFor();
      }
      await picture("decided-dark");
    });
    await step("a landing is refused while an editor holds unsaved changes", async () => {
      await window.command("View: Close All Editors");
      await page.keyboard.press("Control+P");
      await page.locator(".quick-input-widget .quick-input-box input").fill("train.py");
      await window.pick("train.py");
      await page.locator(".monaco-editor .view-line", { hasText: "SFTConfig" }).first().click();
      await page.keyboard.press("Control+Home");
      await page.keyboard.type("# not saved\n");
      await window.command("Intern: Land Accepted Changes");
      await window.pick("Squash");
      await window.toast(/train.py has unsaved changes in an editor/).waitFor();
      await picture("refused-dark");
      assert.equal(readFileSync(script, "utf8"), original);
      assert.equal(workspace.git("status", "--porcelain"), "");
      await page.locator(".monaco-editor .view-line", { hasText: "not saved" }).first().click();
      await window.command("File: Revert File");
      await window.dismissToasts();
    });
    await step("what was accepted lands, what was rejected does not, byte for byte", async () => {
      await window.command("Intern: Land Accepted Changes");
      await window.pick("Squash");
      await page.locator(".monaco-dialog-box", { hasText: "Land on main?" }).waitFor();
      await picture("land-dark");
      await window.dialog("Land");
      await window.toast(/Landed on main/).waitFor();
      assert.equal(readFileSync(script, "utf8"), original.replace("learning_rate=2e-5", "learning_rate=2e-3"));
      assert.equal(workspace.git("status", "--porcelain"), "");
      assert.equal(workspace.git("rev-list", "--count", "HEAD"), "2");
    });
    await step("Undo Landing gives the old bytes back", async () => {
      await page.locator(".notification-toast").getByRole("button", { name: "Undo Landing" }).click();
      await window.dialog("Undo Landing");
      await window.toast(/was undone/).waitFor();
      assert.equal(readFileSync(script, "utf8"), original);
      await window.dismissToasts();
    });
    await step("the report and the doctor open", async () => {
      await window.command("Intern: Show Report");
      await page.locator(".tab", { hasText: /Preview/ }).first().waitFor();
      await page.waitForTimeout(1500); // the preview's frame loads out of sight of locators
      await picture("report-dark");
      await window.command("Intern: Doctor");
      await page.locator(".terminal-tabs-entry, .single-terminal-tab", { hasText: /Doctor/ }).first().waitFor();
    });
    await page.close();
  } finally {
    await workbench.stop();
    workspace.remove();
  }
}

try {
  if (!process.argv.includes("--refusals")) await improvement();
  await refusals();
} finally {
  await browser.close();
}
process.exit(failed);
