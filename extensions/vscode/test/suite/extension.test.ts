/** The extension as other code of the editor sees it, on a real workspace with a real daemon. */
import * as assert from "node:assert/strict";
import * as vscode from "vscode";
import type { Parts } from "../../src/commands";
import { versionUri } from "../../src/gitContent";

async function until<T>(what: string, ask: () => T | Promise<T>, limit = 45_000): Promise<NonNullable<T>> {
  for (const end = Date.now() + limit; ; ) {
    const answer = await ask();
    if (answer) return answer as NonNullable<T>;
    if (Date.now() > end) throw new Error(`${what} did not come about in ${limit / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const root = (): vscode.Uri => vscode.workspace.workspaceFolders![0]!.uri;
let parts: Parts;

suite("Intern in the extension host", () => {
  test("a workspace with intern.toml is connected to its daemon", async () => {
    parts = await vscode.extensions.getExtension<Parts>("intern.intern")!.activate();
    await until("a connection", () => parts.server.phase.kind === "ready");
    assert.equal(parts.server.launcher?.origin, "the setting intern.pythonPath");
    assert.equal(parts.server.root, root().fsPath);
  });

  test("every command of package.json exists", async () => {
    const manifest = parts.context.extension.packageJSON as { contributes: { commands: { command: string }[] } };
    const known = new Set(await vscode.commands.getCommands(true));
    const needsPanels = new Set(["intern.openImprove", "intern.openDiagnosis"]);
    const missing = manifest.contributes.commands
      .map(({ command }) => command)
      .filter((command) => !known.has(command) && (parts.panels.present || !needsPanels.has(command)));
    assert.deepEqual(missing, []);
  });

  test("a run started here reaches the model and ends with a score", async () => {
    await vscode.commands.executeCommand("intern.run");
    const run = await until("a finished run", () => {
      const newest = parts.model.newestRun;
      return newest?.state === "succeeded" && newest.dev ? newest : null;
    });
    assert.equal(run.session, null);
    assert.ok(Number(run.dev!["exact_match"]) > 0);
  });

  test("the log of a run opens without taking the focus", async () => {
    const run = parts.model.newestRun!;
    await vscode.commands.executeCommand("intern.openLog", { kind: "run", run });
    const log = await until("the log", () => vscode.workspace.textDocuments.find((document) => document.uri.scheme === "intern-log"));
    assert.match(log.getText(), /step 40: loss/);
  });

  test("an improvement ends with kept experiments that can be reviewed", async () => {
    await vscode.commands.executeCommand("intern.improve");
    await until("the end of the session", () => parts.model.newestSession?.state === "finished", 120_000);
    const review = await until("the review", () => parts.reviewer.review);
    assert.ok(review.hunks.length >= 2, `${review.hunks.length} hunks`);
    assert.equal(parts.model.kept(review.session).length >= 2, true);
  }).timeout(150_000);

  test("the training script carries Run and Improve, and the finding's line its diagnostic", async () => {
    const uri = vscode.Uri.joinPath(root(), "train.py");
    await vscode.window.showTextDocument(uri);
    const lenses = await until("the lenses", async () => {
      const found = await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", uri, 20);
      return found.length > 0 ? found : null;
    });
    const titles = lenses.map((lens) => lens.command?.title);
    assert.ok(titles.includes("Run") && titles.includes("Improve"), String(titles));
    const known = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(lenses.filter((lens) => !known.has(lens.command!.command)), []);
    const diagnostics = await until("a diagnostic", () => {
      const found = vscode.languages.getDiagnostics(uri);
      return found.length > 0 ? found : null;
    });
    assert.match(diagnostics[0]!.message, /loss/);
  });

  test("each hunk carries Accept and Reject on its first changed line", async () => {
    const hunk = parts.reviewer.review!.hunks[0]!;
    const uri = versionUri({ ref: hunk.commit, path: hunk.path }, "test");
    const document = await vscode.workspace.openTextDocument(uri);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", uri, 10);
    assert.deepEqual(lenses.map((lens) => lens.command?.title), ["$(check) Accept", "$(x) Reject"]);
    const added = hunk.lines.find((line) => line.startsWith("+"))!.slice(1);
    assert.equal(document.lineAt(lenses[0]!.range.start.line).text, added);
    assert.deepEqual(lenses[0]!.command?.arguments?.[1], "accepted");
  });

  test("a decision reaches the daemon and comes back", async () => {
    const [first, ...rest] = parts.reviewer.review!.hunks;
    await vscode.commands.executeCommand("intern.decide", [first], "accepted");
    await vscode.commands.executeCommand("intern.decide", rest, "rejected");
    const review = await parts.server.request("intern/review", {});
    assert.deepEqual(review.hunks.map((hunk) => hunk.decision), ["accepted", ...rest.map(() => "rejected")]);
    assert.match(parts.reviewer.summary(), /1 accepted, \d rejected/);
  });

  test("the diff of an experiment shows its commit and the one before", async () => {
    const [experiment] = parts.model.kept(parts.model.newestSession!.id);
    await vscode.commands.executeCommand("intern.openCommit", { kind: "experiment", experiment });
    const tab = await until("the diff", () =>
      vscode.window.tabGroups.activeTabGroup.tabs.find((each) => each.input instanceof vscode.TabInputTextDiff),
    );
    const { original, modified } = tab.input as vscode.TabInputTextDiff;
    const [before, after] = await Promise.all([original, modified].map((uri) => vscode.workspace.openTextDocument(uri)));
    assert.notEqual(before!.getText(), after!.getText());
    assert.match(before!.getText(), /SFTConfig/);
  });

  test("the connection comes back after the daemon was killed, with everything that was known", async () => {
    const runs = parts.model.runs.size;
    const { pid } = await parts.server.request("intern/status", {});
    process.kill(pid, "SIGKILL");
    await until("another daemon", async () => {
      if (parts.server.phase.kind !== "ready") return false;
      return parts.server.request("intern/status", {}).then((status) => status.pid !== pid, () => false);
    });
    await until("the state", () => parts.model.caughtUp);
    assert.equal(parts.model.runs.size, runs);
  });
});
