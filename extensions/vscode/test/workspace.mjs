/** A repository whose training takes a second, and an environment in which only Intern's daemon is shared. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const repository = path.resolve(import.meta.dirname, "../../..");

/** The Python that has Intern. */
export const python = process.env.INTERN_PYTHON ?? path.join(repository, ".venv", "bin", "python");

/** A Python without trl, so that the small trainer's own is imported. */
const plainPython = execFileSync(python, ["-c", "import sys; print(sys._base_executable)"], { encoding: "utf8" }).trim();

/** `folder/ws`, committed; `pause` is the seconds between two steps of its training. */
export function makeWorkspace(pause = 0.02) {
  if (!existsSync(python)) throw new Error(`${python} is missing; run \`make setup\`, or name a Python with Intern in INTERN_PYTHON.`);
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "ivs-")));
  const root = path.join(folder, "ws");
  cpSync(path.join(import.meta.dirname, "workspace"), root, { recursive: true });
  writeFileSync(path.join(root, "pause.txt"), `${pause}\n`);
  const contract = path.join(root, "intern.toml");
  writeFileSync(contract, readFileSync(contract, "utf8").replace("PYTHON", plainPython));
  const runtime = path.join(folder, "run");
  mkdirSync(runtime, { mode: 0o700 });
  const env = { ...process.env, XDG_RUNTIME_DIR: runtime, HOME: folder, OMP_NUM_THREADS: "1" };
  for (const name of ["VSCODE_IPC_HOOK_CLI", "VIRTUAL_ENV"]) delete env[name];
  for (const role of ["AUTHOR", "COMMITTER"]) Object.assign(env, { [`GIT_${role}_NAME`]: "Ada", [`GIT_${role}_EMAIL`]: "ada@example.org" });

  const git = (...words) => execFileSync("git", words, { cwd: root, env, encoding: "utf8" }).trim();
  git("init", "--quiet", "--initial-branch=main");
  git("add", ".");
  git("commit", "--quiet", "--message=Start");
  const intern = (...words) => spawnSync(python, ["-P", "-m", "intern_daemon", "-C", root, ...words], { env, encoding: "utf8" });
  return {
    folder,
    root,
    env,
    git,
    intern,
    remove() {
      intern("stop");
      intern("stop-daemon");
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}
