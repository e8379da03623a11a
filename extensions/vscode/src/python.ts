/** Start a Python with Intern in it; nothing of the opened folder can stand in for a module. */
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";

/** How to start Intern: argv before Intern's own words. */
export interface Launcher {
  /** For people: where it was found. */
  readonly origin: string;
  /** Absolute path of a Python that has Intern, or of the `intern` command. */
  readonly executable: string;
  readonly kind: "python" | "command";
  readonly version: string;
}

/** The first words of `intern lsp`, without the command line's imports: windows open faster. */
const SHIM = "import sys; from intern_daemon.server.shim import main; sys.exit(main(sys.argv[1:]))";

/** Milliseconds for a cold interpreter on a slow disk. */
const PATIENCE = 20_000;

export function shim(launcher: Launcher, root: string): [string, string[]] {
  return launcher.kind === "python"
    ? [launcher.executable, ["-P", "-c", SHIM, "--root", root]]
    : [launcher.executable, ["-C", root, "lsp"]];
}

export function commandLine(launcher: Launcher, words: string[]): [string, string[]] {
  return launcher.kind === "python"
    ? [launcher.executable, ["-P", "-m", "intern_daemon", ...words]]
    : [launcher.executable, words];
}

export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Run a program to its end. Never rejects: what can't be started has code -1 and says why. */
export function print(executable: string, args: string[], cwd = tmpdir(), patience = PATIENCE): Promise<Printed> {
  return new Promise((resolve) => {
    execFile(executable, args, { cwd, timeout: patience, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error === null) return resolve({ code: 0, stdout, stderr });
      const code = typeof error.code === "number" ? error.code : -1;
      resolve({ code, stdout, stderr: stderr || error.message });
    });
  });
}

/** A Python with Intern, or a sentence on why it is none. */
export async function askPython(executable: string, origin: string): Promise<Launcher | string> {
  const source = "import intern_daemon; print(intern_daemon.__version__)";
  const answer = await print(executable, ["-P", "-c", source]);
  if (answer.code === 0) {
    return { origin, executable, kind: "python", version: answer.stdout.trim() };
  }
  if (answer.stderr.includes("No module named 'intern_daemon'")) return "Intern is not installed there";
  if (answer.stderr.includes("nknown option")) return "it is older than Python 3.11";
  return answer.stderr.trim().split("\n").pop() || "it does not start";
}

/** The `intern` command, or a sentence on why it is none of ours. */
export async function askCommand(executable: string, origin: string): Promise<Launcher | string> {
  const answer = await print(executable, ["--version"]);
  const said = /^intern (\S+)/.exec(answer.stdout);
  if (answer.code === 0 && said?.[1]) return { origin, executable, kind: "command", version: said[1] };
  return answer.code === -1 ? answer.stderr.trim().split("\n").pop() || "not found" : "it is another program of that name";
}
