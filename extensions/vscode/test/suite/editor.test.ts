/** What stands on the lines of the training script. */
import * as assert from "node:assert/strict";
import * as vscode from "vscode";
import { finishedSession, root, WHOLE_SESSION } from "./session";
import { tick, until } from "./waiting";

const script = (): vscode.Uri => vscode.Uri.joinPath(root(), "train.py");

async function lenses(): Promise<vscode.CodeLens[]> {
  const ask = async (): Promise<vscode.CodeLens[] | null> => {
    const found = await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", script(), 50);
    return found.length > 2 ? found : null;
  };
  return until("the lenses of the daemon", ask, [tick]);
}

const ours = (): vscode.Diagnostic[] => vscode.languages.getDiagnostics(script()).filter(({ source }) => source === "intern");

suite("training script", () => {
  setup(async function () {
    this.timeout(WHOLE_SESSION);
    await finishedSession();
    await vscode.window.showTextDocument(script());
  });

  test("carries Run and Improve, the score and the verdict above the trainer", async () => {
    const titles = (await lenses()).map((lens) => lens.command?.title ?? "");
    assert.ok(titles.includes("Run") && titles.includes("Improve"), String(titles));
    assert.ok(titles.some((title) => title.startsWith("exact_match 0.")), String(titles));
    assert.ok(titles.some((title) => /^exp \d+: (keep|discard|inconclusive)/.test(title)), String(titles));
  });

  test("every lens names a command that exists", async () => {
    const known = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual((await lenses()).filter((lens) => !known.has(lens.command!.command)), []);
  });

  test("carries the finding on the responsible line, with fixes that exist", async () => {
    const [finding] = await until("a diagnostic", () => (ours().length > 0 ? ours() : null), [vscode.languages.onDidChangeDiagnostics]);
    assert.match(finding!.message, /loss/);
    const document = await vscode.workspace.openTextDocument(script());
    assert.match(document.lineAt(finding!.range.start.line).text, /^(    learning_rate=|    num_train_epochs=|trainer )/);
    const actions = await until("the quick fixes", async () => {
      const found = await vscode.commands.executeCommand<vscode.CodeAction[]>("vscode.executeCodeActionProvider", script(), finding!.range);
      return found.some(({ command }) => command?.command === "intern.showFinding") ? found : null;
    }, [tick]);
    const known = new Set(await vscode.commands.getCommands(true));
    const named = actions.flatMap(({ command }) => command?.command ?? []).filter((name) => name.startsWith("intern."));
    assert.deepEqual(named.filter((name) => !known.has(name)), []);
    assert.ok(named.includes("intern.tryCandidate"), String(named));
  });

  test("loses the diagnostic when the person says that it is not a problem, and gets it back", async () => {
    const { parts } = await finishedSession();
    const before = await until("a diagnostic", () => (ours().length > 0 ? ours() : null), [vscode.languages.onDidChangeDiagnostics]);
    const rules = [...new Set(before.map(({ code }) => (typeof code === "object" ? String(code.value) : String(code))))];
    const tell = async (active: boolean): Promise<void> => {
      for (const rule of rules) await parts.server.request("intern/finding/suppress", { rule, reason: "It is a test.", active });
    };
    await tell(true);
    await until("no diagnostic", () => ours().length === 0, [vscode.languages.onDidChangeDiagnostics]);
    await tell(false);
    await until("the diagnostic again", () => ours().length > 0, [vscode.languages.onDidChangeDiagnostics]);
  });
});
