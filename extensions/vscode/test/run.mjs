/**
 * All tests of the extension: Mocha in the real extension host, then the package in code-server and Chromium.
 * `node test/run.mjs [--only suite|e2e] [--pictures] [--refusals]`; --pictures writes docs/images/vscode-*.png,
 * --refusals leaves the improvement out.
 */
import { execFileSync, spawnSync } from "node:child_process";
import path from "node:path";
import { installTools, node } from "./tools.mjs";

const here = path.resolve(import.meta.dirname, "..");
const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : null;
installTools();
execFileSync(process.execPath, ["esbuild.mjs", "--production", "--tests"], { cwd: here, stdio: "inherit" });
const vsce = path.join("node_modules", "@vscode", "vsce", "vsce");
execFileSync(node, [vsce, "package", "--no-dependencies", "--skip-license", "--out", "intern.vsix"], { cwd: here, stdio: "ignore" });
let failed = 0;
for (const part of ["suite", "e2e"]) {
  if (only && only !== part) continue;
  const done = spawnSync(node, [path.join("test", `${part}.mjs`), ...process.argv.slice(2)], { cwd: here, stdio: "inherit" });
  if (done.status !== 0) failed += 1;
}
process.exit(failed);
