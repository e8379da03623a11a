/** Runs test/suite inside the extension host of a real workbench and prints what Mocha tells, as it tells it. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openBrowser, startWorkbench } from "./workbench.mjs";
import { makeWorkspace } from "./workspace.mjs";

/** Milliseconds without a word after which something hangs: more than the longest test may take. */
const SILENCE = 210_000;

const extension = path.resolve(import.meta.dirname, "..");
const folder = mkdtempSync(path.join(tmpdir(), "ivs-results-"));
const results = path.join(folder, "results.jsonl");
writeFileSync(results, "");
// Every run of the agent's is a question: the suite answers as a person would.
const workspace = makeWorkspace({ policy: 'run = "ask"' });
// Without this option a built workbench ignores extensionTestsPath.
const args = ["--vscode-option", "enable-smoke-test-driver"];
const workbench = await startWorkbench(workspace, { args, env: { INTERN_TEST_RESULTS: results } });
const browser = await openBrowser();

/** Prints the lines as they come; resolves with the failures when Mocha has ended. */
function followed() {
  let told = 0;
  let now = "the extension host begins";
  return new Promise((resolve, reject) => {
    const silent = () => reject(new Error(`Nothing was heard for ${SILENCE / 1000} s while this went on: ${now}.`));
    let timer = setTimeout(silent, SILENCE);
    const watcher = watch(folder, read);
    function read() {
      const lines = readFileSync(results, "utf8").split("\n").slice(0, -1); // what stands after the last is not whole
      for (const text of lines.slice(told)) {
        const line = JSON.parse(text);
        clearTimeout(timer);
        if (line.kind === "begin") now = line.title;
        if (line.kind === "pass") console.log(`ok   ${line.title} (${line.milliseconds} ms)`);
        if (line.kind === "fail") console.log(`FAIL ${line.title}\n${line.error}`);
        if (line.kind === "end") {
          console.log(`${line.passed} passed, ${line.failed} failed`);
          watcher.close();
          // The file is the truth: a workbench may lose its farewell while it ends its extension hosts.
          return resolve(line.failed + (line.passed === 0 ? 1 : 0));
        }
        timer = setTimeout(silent, SILENCE);
      }
      told = lines.length;
    }
  });
}

/** What ends the window without a word of Mocha's. */
function broken(page) {
  return new Promise((_, reject) => {
    page.once("crash", () => reject(new Error("The browser's page crashed.")));
    page.once("close", () => reject(new Error("The browser's page was closed.")));
    workbench.exited.then((code) => reject(new Error(`code-server ended with ${code}.`)));
    page.on("console", (message) => {
      if (/Extension host (terminated|with PID \d+ exited)/.test(message.text())) reject(new Error(message.text()));
    });
  });
}

let failed = 1;
let page;
try {
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  // A workbench that finds this function runs the tests by itself.
  await page.exposeFunction("codeAutomationExit", () => undefined);
  const remote = (file) => `vscode-remote://${new URL(workbench.base).host}${file}`;
  const payload = [
    ["extensionDevelopmentPath", remote(extension)],
    ["extensionTestsPath", remote(path.join(extension, "dist-test", "index.js"))],
  ];
  const end = Promise.race([followed(), broken(page)]);
  await page.goto(`${workbench.url}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
  failed = await end;
} catch (error) {
  console.log(error.message);
  const pictures = path.join(extension, ".tools", "pictures");
  mkdirSync(pictures, { recursive: true });
  await page?.screenshot({ path: path.join(pictures, "vscode-suite-failed.png"), timeout: 5000 }).catch(() => undefined);
  console.log(logs(path.join(workbench.profile, "ud", "logs")));
} finally {
  await browser.close();
  await workbench.stop();
  workspace.remove();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed === 0 ? 0 : 1);

/** The ends of the extension host's logs. */
function logs(folder) {
  if (!existsSync(folder)) return "There are no logs.";
  const files = readdirSync(folder, { recursive: true }).filter((name) => /remoteexthost.log$|Intern.log$/.test(name));
  return files.map((name) => `== ${name}\n${readFileSync(path.join(folder, name), "utf8").slice(-3000)}`).join("\n");
}
