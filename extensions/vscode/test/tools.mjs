/** code-server, a Node that it runs on, and Chromium: from npm and Debian only, installed once. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const NODE_VERSION = "24.21.0";
const CODE_SERVER_VERSION = "4.139.1";

const home = path.resolve(process.env.INTERN_VSCODE_TOOLS ?? path.join(import.meta.dirname, "..", ".tools"));
const nodeHome = path.join(home, "node", "node_modules", `node-linux-${process.arch}`);

export const node = path.join(nodeHome, "bin", "node");
export const codeServer = path.join(home, "cs", "node_modules", "code-server", "out", "node", "entry.js");
export const chromium = "/usr/bin/chromium";

function run(program, args, cwd = home) {
  const PATH = `${path.join(nodeHome, "bin")}${path.delimiter}${process.env.PATH}`;
  execFileSync(program, args, { cwd, stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, PATH } });
}

export function installBrowser() {
  if (existsSync(chromium)) return;
  const apt = ["-o", "DPkg::Lock::Timeout=300", "-qq"];
  run("apt-get", [...apt, "update"], "/");
  run("apt-get", [...apt, "install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"], "/");
}

export function installWorkbench() {
  mkdirSync(home, { recursive: true });
  const npm = (args, cwd) => run("npm", ["install", "--silent", "--no-save", ...args], cwd);
  if (!existsSync(node)) npm(["--prefix", path.join(home, "node"), `node-linux-${process.arch}@${NODE_VERSION}`]);
  const done = path.join(home, "cs", `.done-${CODE_SERVER_VERSION}`);
  if (existsSync(done)) return;
  rmSync(path.join(home, "cs"), { recursive: true, force: true });
  // Install scripts would compile native modules, which the tests do not need.
  npm(["--ignore-scripts", "--prefix", path.join(home, "cs"), `code-server@${CODE_SERVER_VERSION}`]);
  const workbench = path.resolve(codeServer, "../../../lib/vscode");
  for (const folder of [workbench, path.join(workbench, "extensions")]) npm(["--omit=dev", "--ignore-scripts"], folder);
  writeFileSync(done, "");
}
