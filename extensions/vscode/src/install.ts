/** An environment of our own for those who have Intern nowhere, made only when they ask. */
import { mkdir } from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import { onPath, ownEnvironment, pythonOf } from "./locate";
import { print } from "./python";

/** Milliseconds; a slow network needs some of them. */
const PATIENCE = 600_000;

/** Python 3.11 or newer from PATH; null: there is none. */
async function basePython(): Promise<string | null> {
  for (const name of ["python3", "python", "python3.13", "python3.12", "python3.11"]) {
    const executable = await onPath(name);
    if (executable === null) continue;
    const answer = await print(executable, ["-c", "import sys; sys.exit(sys.version_info < (3, 11))"]);
    if (answer.code === 0) return executable;
  }
  return null;
}

/** Make the environment and install Intern there. Returns whether it worked; says why when not. */
export async function install(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Promise<boolean> {
  const python = await basePython();
  if (python === null) {
    void vscode.window.showErrorMessage(
      "No Python 3.11 or newer is on PATH; install one, or name one that has Intern in the setting intern.pythonPath.",
    );
    return false;
  }
  const environment = ownEnvironment(context);
  const wanted = vscode.workspace.getConfiguration("intern").get<string>("installFrom", "intern-ide");
  const title = `Installing Intern (${wanted})`;
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, async () => {
    await mkdir(path.dirname(environment), { recursive: true });
    const steps: [string, string[]][] = [
      [python, ["-m", "venv", "--clear", environment]],
      [pythonOf(environment), ["-m", "pip", "install", "--disable-pip-version-check", wanted]],
    ];
    for (const [executable, args] of steps) {
      log.info(`${executable} ${args.join(" ")}`);
      const answer = await print(executable, args, undefined, PATIENCE);
      log.info(answer.stdout);
      if (answer.code === 0) continue;
      log.error(answer.stderr);
      const last = answer.stderr.trim().split("\n").pop() ?? "";
      void vscode.window
        .showErrorMessage(`Intern could not be installed into ${environment}: ${last}`, "Show Log")
        .then((chosen) => chosen && log.show());
      return false;
    }
    return true;
  });
}
