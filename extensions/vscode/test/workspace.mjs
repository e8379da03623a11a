/** Repositories to train in: one in which that takes a second, and the template; only Intern's Python is shared. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const repository = path.resolve(import.meta.dirname, "../../..");

/** The Python that has Intern. */
export const python = process.env.INTERN_PYTHON ?? path.join(repository, ".venv", "bin", "python");

/** A Python without trl, so that the small trainer's own is imported. */
const plainPython = execFileSync(python, ["-c", "import sys; print(sys._base_executable)"], { encoding: "utf8" }).trim();

/** An environment with a home and a daemon's runtime folder of its own. */
function surroundings() {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "ivs-")));
  const runtime = path.join(folder, "run");
  mkdirSync(runtime, { mode: 0o700 });
  const env = { ...process.env, XDG_RUNTIME_DIR: runtime, HOME: folder, OMP_NUM_THREADS: "1" };
  for (const name of ["VSCODE_IPC_HOOK_CLI", "VIRTUAL_ENV"]) delete env[name];
  for (const role of ["AUTHOR", "COMMITTER"]) Object.assign(env, { [`GIT_${role}_NAME`]: "Ada", [`GIT_${role}_EMAIL`]: "ada@example.org" });
  return { folder, env };
}

function workspaceIn({ folder, env }, root) {
  const git = (...words) => execFileSync("git", words, { cwd: root, env, encoding: "utf8" }).trim();
  /** What git prints, as bytes. */
  git.raw = (...words) => execFileSync("git", words, { cwd: root, env });
  const intern = (...words) => spawnSync(python, ["-P", "-m", "intern_daemon", "-C", root, ...words], { env, encoding: "utf8", timeout: 60_000 });
  return {
    folder,
    root,
    env,
    git,
    intern,
    /** Folders of the runs, by id. */
    runs: () => (existsSync(path.join(root, ".intern", "runs")) ? readdirSync(path.join(root, ".intern", "runs")).sort() : []),
    remove() {
      intern("stop");
      intern("stop-daemon");
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

function needPython() {
  if (!existsSync(python)) throw new Error(`${python} is missing; run \`make setup\`, or name a Python with Intern in INTERN_PYTHON.`);
}

/**
 * `folder/ws` with a training that takes a second, committed.
 *
 * @param pause seconds between two steps of its training.
 * @param policy lines for `[policy]` of its contract.
 */
export function makeWorkspace({ pause = 0.02, policy = "" } = {}) {
  needPython();
  const around = surroundings();
  const root = path.join(around.folder, "ws");
  cpSync(path.join(import.meta.dirname, "workspace"), root, { recursive: true });
  writeFileSync(path.join(root, "pause.txt"), `${pause}\n`);
  const contract = path.join(root, "intern.toml");
  const text = readFileSync(contract, "utf8").replace("PYTHON", plainPython);
  writeFileSync(contract, policy ? `${text}\n[policy]\n${policy}\n` : text);
  const workspace = workspaceIn(around, root);
  workspace.git("init", "--quiet", "--initial-branch=main");
  workspace.git("add", ".");
  workspace.git("commit", "--quiet", "--message=Start");
  return workspace;
}

/** `folder/sft-tiny`, made from the template, with a budget that a test can wait for. */
export function makeTemplate() {
  needPython();
  const around = surroundings();
  const root = path.join(around.folder, "sft-tiny");
  const made = spawnSync(python, ["-P", "-m", "intern_daemon", "new", "sft", root], { env: around.env, encoding: "utf8" });
  if (made.status !== 0) throw new Error(`intern new: ${made.stderr}`);
  const workspace = workspaceIn(around, root);
  const contract = path.join(root, "intern.toml");
  const text = readFileSync(contract, "utf8").replace(/^minutes = .*/m, "minutes = 8").replace(/^runs = .*/m, "runs = 18");
  writeFileSync(contract, text.replace("[train]\n", `[train]\npython = "${python}"\n`));
  workspace.git("commit", "--quiet", "--all", "--message=Train with this Python, in few runs");
  return workspace;
}
