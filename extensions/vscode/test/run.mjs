/**
 * All tests of the extension: Mocha in the real extension host, then the package in code-server and Chromium.
 * `node test/run.mjs [--only suite|e2e] [--pictures] [--landing] [--conversation] [--refusals]`; what e2e.mjs says of
 * the last four.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import path from "node:path";
import { installBrowser, installWorkbench, node } from "./tools.mjs";

const here = path.resolve(import.meta.dirname, "..");
const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : null;
installBrowser();
installWorkbench();
execFileSync(process.execPath, ["esbuild.mjs", "--production", "--tests"], { cwd: here, stdio: "inherit" });
const vsce = path.join("node_modules", "@vscode", "vsce", "vsce");
const packing = ["package", "--no-dependencies", "--skip-license", "--no-rewrite-relative-links", "--out", "intern.vsix"];
execFileSync(node, [vsce, ...packing], { cwd: here, stdio: "ignore" });
const megabytes = statSync(path.join(here, "intern.vsix")).size / 2 ** 20;
if (megabytes >= 3) throw new Error(`intern.vsix has ${megabytes.toFixed(1)} MB; it should stay below 3.`);
let failed = 0;
for (const part of ["suite", "e2e"]) {
  if (only && only !== part) continue;
  const done = spawnSync(node, [path.join("test", `${part}.mjs`), ...process.argv.slice(2)], { cwd: here, stdio: "inherit" });
  if (done.status !== 0) failed += 1;
}
process.exit(failed);
