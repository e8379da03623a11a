/** Which Python has Intern: the setting, `.venv`, the Python extension's, the PATH, our own. */
import { access, constants } from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import { askCommand, askPython, type Launcher } from "./python";

export interface Search {
  readonly found: Launcher | null;
  /** One line a place, in the order in which they were asked. */
  readonly told: string[];
}

/** The Python below a virtual environment. */
export function pythonOf(environment: string): string {
  return process.platform === "win32"
    ? path.join(environment, "Scripts", "python.exe")
    : path.join(environment, "bin", "python");
}

/** Our own environment, made by `install`. */
export function ownEnvironment(context: vscode.ExtensionContext): string {
  return path.join(context.globalStorageUri.fsPath, "venv");
}

/** Ask all places in order; the first that has Intern wins. A setting that is wrong ends the search. */
export async function locate(context: vscode.ExtensionContext, folder: vscode.WorkspaceFolder): Promise<Search> {
  const told: string[] = [];
  const judge = (origin: string, executable: string, answer: Launcher | string): Launcher | null => {
    told.push(`${origin} (${executable}): ${typeof answer === "string" ? answer : `Intern ${answer.version}`}`);
    return typeof answer === "string" ? null : answer;
  };

  const named = vscode.workspace.getConfiguration("intern", folder).get<string>("pythonPath", "").trim();
  if (named) {
    const executable = path.resolve(folder.uri.fsPath, named.replace("${workspaceFolder}", folder.uri.fsPath));
    const origin = "the setting intern.pythonPath";
    return { found: judge(origin, executable, await askPython(executable, origin)), told };
  }
  told.push("the setting intern.pythonPath: empty");

  const places: [string, string | null][] = [
    [".venv of the workspace", pythonOf(path.join(folder.uri.fsPath, ".venv"))],
    ["the Python extension's interpreter", await selectedInterpreter(folder.uri)],
  ];
  for (const [origin, executable] of places) {
    if (executable === null || !(await runs(executable))) {
      told.push(`${origin}: ${executable === null ? "none" : "there is none"}`);
      continue;
    }
    const found = judge(origin, executable, await askPython(executable, origin));
    if (found) return { found, told };
  }

  const command = await onPath("intern");
  if (command === null) told.push("the command intern on PATH: not found");
  else {
    const found = judge("on PATH", command, await askCommand(command, "the PATH"));
    if (found) return { found, told };
  }

  const own = pythonOf(ownEnvironment(context));
  if (!(await runs(own))) told.push("the extension's own environment: not made yet");
  else {
    const origin = "the extension's own environment";
    const found = judge(origin, own, await askPython(own, origin));
    if (found) return { found, told };
  }
  return { found: null, told };
}

/** What the Python extension's public interface answers here. */
interface PythonExtension {
  environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(environment: { path: string }): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
  };
}

/** The interpreter that the person picked in the Python extension; null without the extension. */
export async function selectedInterpreter(resource: vscode.Uri): Promise<string | null> {
  const extension = vscode.extensions.getExtension<PythonExtension>("ms-python.python");
  if (!extension) return null;
  const { environments } = extension.isActive ? extension.exports : await extension.activate();
  if (!environments) return null;
  const chosen = await environments.resolveEnvironment(environments.getActiveEnvironmentPath(resource));
  return chosen?.executable.uri?.fsPath ?? null;
}

/** The first program of that name on PATH, absolute; relative folders on PATH are not believed. */
export async function onPath(name: string): Promise<string | null> {
  const endings = process.platform === "win32" ? [".exe", ".cmd"] : [""];
  for (const folder of (process.env["PATH"] ?? "").split(path.delimiter).filter(path.isAbsolute)) {
    for (const ending of endings) {
      const executable = path.join(folder, name + ending);
      if (await runs(executable)) return executable;
    }
  }
  return null;
}

async function runs(executable: string): Promise<boolean> {
  return access(executable, constants.X_OK).then(() => true, () => false);
}
