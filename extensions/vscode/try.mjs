/**
 * Opens the extension for trying: `node try.mjs FOLDER [--browser]`. An installed VS Code runs it from here,
 * beside what is installed there; without one, or with --browser, a code-server on this machine does, until Ctrl-C.
 */
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { installWorkbench } from "./test/tools.mjs";
import { startWorkbench } from "./test/workbench.mjs";
import { python } from "./test/workspace.mjs";

const here = import.meta.dirname;
const [folder, ...options] = process.argv.slice(2);
if (!folder || !existsSync(folder)) {
  console.error(`${folder ?? "FOLDER"} does not exist; name a repository that trains a model.`);
  process.exit(2);
}
const root = path.resolve(folder);
// So that the extension finds Intern where nothing else names a Python.
const PATH = `${path.dirname(python)}${path.delimiter}${process.env.PATH}`;

const installed = spawnSync("code", ["--version"], { encoding: "utf8" }).status === 0;
if (installed && !options.includes("--browser")) {
  const words = ["--new-window", `--extensionDevelopmentPath=${here}`, root];
  const code = spawn("code", words, { env: { ...process.env, PATH }, stdio: "inherit" });
  code.once("exit", (status) => process.exit(status ?? 1));
} else {
  await inBrowser();
}

async function inBrowser() {
  installWorkbench();
  const profile = mkdtempSync(path.join(tmpdir(), "intern-try-"));
  const password = randomBytes(12).toString("base64url");
  const workspace = { folder: profile, root, env: { ...process.env, PATH } };
  const settings = { "workbench.startupEditor": "welcomePage" };
  const workbench = await startWorkbench(workspace, { vsix: path.join(here, "intern.vsix"), settings, password });
  console.log(`Open ${workbench.url}\nPassword: ${password}\nCtrl-C ends it; Intern's daemon goes on until it is idle, or \`intern stop-daemon\`.`);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void workbench.stop());
  await workbench.exited;
  rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
