/** Kept changes: groups of the Source Control view, their lenses, decisions and diffs. */
import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as vscode from "vscode";
import { versionOf, versionUri } from "../../src/gitContent";
import { worktreeFile, WorktreeDiff } from "../../src/quickDiff";
import { finishedSession, root, WHOLE_SESSION } from "./session";
import { until } from "./waiting";

suite("review", () => {
  setup(async function () {
    this.timeout(WHOLE_SESSION);
    await finishedSession();
  });

  test("each kept experiment is a group with its files and all its hunks", async () => {
    const { parts, review } = await finishedSession();
    const groups = parts.reviewer.groups;
    assert.deepEqual(groups.map(({ id }) => id), parts.model.kept(review.session).map(({ id }) => id));
    const shown = groups.flatMap((group) => group.resourceStates.flatMap((change) => change.hunks.map(({ id }) => id)));
    assert.deepEqual(new Set(shown), new Set(review.hunks.map(({ id }) => id)));
    assert.match(groups[0]!.label, /^exp \d+ \+\d\.\d+ \(1 hunk: 1 open\) /);
  });

  test("each hunk carries Accept and Reject on its first changed line", async () => {
    const { review } = await finishedSession();
    const hunk = review.hunks[0]!;
    const uri = versionUri({ ref: hunk.commit, path: hunk.path }, "test");
    const document = await vscode.workspace.openTextDocument(uri);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", uri, 10);
    assert.deepEqual(lenses.map((lens) => lens.command?.title), ["$(check) Accept", "$(x) Reject"]);
    const added = hunk.lines.find((line) => line.startsWith("+"))!.slice(1);
    assert.equal(document.lineAt(lenses[0]!.range.start.line).text, added);
    assert.deepEqual(lenses[0]!.command?.arguments?.[1], "accepted");
  });

  test("a decision reaches the daemon, and comes back into group and lens", async () => {
    const { parts, review } = await finishedSession();
    const [first, ...rest] = review.hunks;
    await vscode.commands.executeCommand("intern.decide", [first], "accepted");
    await vscode.commands.executeCommand("intern.decide", rest, "rejected");
    const told = await parts.server.request("intern/review", {});
    assert.deepEqual(told.hunks.map((hunk) => hunk.decision), ["accepted", ...rest.map(() => "rejected")]);
    assert.match(parts.reviewer.summary(), /1 accepted, \d rejected/);
    const states = parts.reviewer.groups.flatMap((group) => group.resourceStates);
    assert.deepEqual(states.map(({ decorations }) => decorations?.strikeThrough), [false, ...rest.map(() => true)]);
    const uri = versionUri({ ref: first!.commit, path: first!.path }, "test");
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", uri, 10);
    assert.equal(lenses[0]!.command?.title, "$(check) Accepted");
    await vscode.commands.executeCommand("intern.decide", review.hunks, "open");
  });

  test("the diff of an experiment shows its commit and the one before", async () => {
    const { parts, review } = await finishedSession();
    const [experiment] = parts.model.kept(review.session);
    await vscode.commands.executeCommand("intern.openCommit", { kind: "experiment", experiment });
    const find = (): vscode.Tab | undefined =>
      vscode.window.tabGroups.activeTabGroup.tabs.find((each) => each.input instanceof vscode.TabInputTextDiff);
    const tab = await until("the diff", find, [vscode.window.tabGroups.onDidChangeTabs]);
    const { original, modified } = tab.input as vscode.TabInputTextDiff;
    const [before, after] = await Promise.all([original, modified].map((uri) => vscode.workspace.openTextDocument(uri)));
    assert.notEqual(before!.getText(), after!.getText());
    assert.match(before!.getText(), /SFTConfig/);
  });

  test("a file of the agent's worktree is marked against where the session began, the person's own is not", async () => {
    const { parts, review } = await finishedSession();
    const diff = new WorktreeDiff(parts.server, parts.model);
    const theirs = worktreeFile(root().fsPath, review.session, "train.py");
    const original = diff.provideOriginalResource(theirs)!;
    assert.equal(versionOf(original).ref, parts.model.sessions.get(review.session)!.baseCommit);
    const before = (await vscode.workspace.openTextDocument(original)).getText();
    assert.equal(before, readFileSync(vscode.Uri.joinPath(root(), "train.py").fsPath, "utf8"));
    assert.notEqual(before, readFileSync(theirs.fsPath, "utf8"));
    assert.equal(diff.provideOriginalResource(vscode.Uri.joinPath(root(), "train.py")), undefined);
  });
});
