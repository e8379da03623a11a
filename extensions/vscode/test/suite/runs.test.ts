/** Single runs: started, read, run again, compared. */
import * as assert from "node:assert/strict";
import * as vscode from "vscode";
import { RunsTree } from "../../src/runsTree";
import { connected, finishedRun, finishedSession, WHOLE_SESSION } from "./session";
import { until } from "./waiting";

suite("runs", () => {
  test("a run started here reaches the model and ends with a score", async () => {
    const run = await finishedRun();
    assert.equal(run.session, null);
    assert.ok(Number(run.dev!["exact_match"]) > 0);
  });

  test("the log of a run opens without taking the focus", async () => {
    const run = await finishedRun();
    await vscode.commands.executeCommand("intern.openLog", { kind: "run", run });
    const find = (): vscode.TextDocument | undefined =>
      vscode.workspace.textDocuments.find((document) => document.uri.scheme === "intern-log");
    const log = await until("the log", find, [vscode.workspace.onDidOpenTextDocument]);
    assert.match(log.getText(), /step 40: loss/);
  });

  test("Run Again repeats commit, seed and score", async () => {
    const { model } = await connected();
    const run = await finishedRun();
    const known = new Set(model.runs.keys());
    await vscode.commands.executeCommand("intern.rerun", { kind: "run", run });
    const again = await until("the second run's score", () => {
      return [...model.runs.values()].find((each) => !known.has(each.id) && each.dev);
    }, [model.onChange]);
    assert.deepEqual([again.commit, again.seed, again.dev], [run.commit, run.seed, run.dev]);
  });

  test("the tooltip of a kept experiment says what its parent has otherwise", async () => {
    const { parts } = await finishedSession();
    const { server, model } = parts;
    const experiment = model.kept(model.newestSession!.id)[0]!;
    const tree = new RunsTree(server, model);
    const node = { kind: "experiment", experiment } as const;
    const { tooltip } = await tree.resolveTreeItem(tree.getTreeItem(node), node);
    tree.dispose();
    assert.match(String(tooltip), new RegExp(`^${experiment.verdict!.name}`));
    assert.match(String(tooltip), /^learning_rate: 2e-5 in baseline, 2e-[34] here$/m);
    assert.ok(String(tooltip).includes(experiment.hypothesis));
  }).timeout(WHOLE_SESSION);
});
