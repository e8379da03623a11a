/** Runs test/suite inside the extension host of a real workbench and prints what Mocha found. */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openBrowser, startWorkbench } from "./workbench.mjs";
import { makeWorkspace } from "./workspace.mjs";

const extension = path.resolve(import.meta.dirname, "..");
const results = path.join(mkdtempSync(path.join(tmpdir(), "ivs-results-")), "results.json");
const workspace = makeWorkspace();
// Without this option a built workbench ignores extensionTestsPath.
const args = ["--vscode-option", "enable-smoke-test-driver"];
const workbench = await startWorkbench(workspace, { args, env: { INTERN_TEST_RESULTS: results } });
const browser = await openBrowser();
let code = 1;
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const exited = new Promise((resolve) => page.exposeFunction("codeAutomationExit", resolve));
  const remote = (file) => `vscode-remote://${new URL(workbench.base).host}${file}`;
  const payload = [
    ["extensionDevelopmentPath", remote(extension)],
    ["extensionTestsPath", remote(path.join(extension, "dist-test", "index.js"))],
  ];
  await page.goto(`${workbench.url}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
  const limit = new Promise((_, reject) => setTimeout(reject, 240_000, new Error("The suite did not end within four minutes.")));
  code = await Promise.race([exited, limit]);
} finally {
  await browser.close();
  await workbench.stop();
  workspace.remove();
}
const { told, failed } = JSON.parse(readFileSync(results, "utf8"));
console.log(told.join("\n"));
process.exit(code === 0 && failed === 0 ? 0 : 1);
