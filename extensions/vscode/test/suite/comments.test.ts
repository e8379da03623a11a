/** Comment threads on the agent's changes. */
import * as assert from "node:assert/strict";
import * as vscode from "vscode";
import { changeUri } from "../../src/review";
import { finishedSession, WHOLE_SESSION } from "./session";
import { until } from "./waiting";

const texts = (thread: vscode.CommentThread): string[] =>
  thread.comments.map(({ author, body }) => `${author.name}: ${typeof body === "string" ? body : body.value}`);

suite("comments", () => {
  let place: vscode.CommentThread;

  setup(async function () {
    this.timeout(WHOLE_SESSION);
    await finishedSession();
  });

  test("a comment on a changed line starts a thread, and the agent answers in it", async () => {
    const { parts, review } = await finishedSession();
    const hunk = review.hunks[0]!;
    const uri = changeUri(parts.model.experimentAt(hunk.commit), hunk.commit, hunk.path);
    const line = hunk.newStart - 1 + hunk.lines.findIndex((text) => text.startsWith("+") || text.startsWith("-"));
    const controller = vscode.comments.createCommentController("intern-test", "Test");
    const draft = controller.createCommentThread(uri, new vscode.Range(line, 0, line, 0), []);
    await vscode.commands.executeCommand("intern.comment", { thread: draft, text: "Why this value?" });
    controller.dispose();
    place = await until("the thread", () => parts.threads.drawn.find((thread) => thread.uri.toString() === uri.toString()), [
      parts.threads.onChange,
    ]);
    await until("the agent's answer", () => texts(place).some((text) => /^Intern: (?!.*…$)/s.test(text)), [parts.threads.onChange]);
    assert.equal(texts(place)[0], "You: Why this value?");
    assert.match(texts(place)[1]!, new RegExp(hunk.experiment.replace(/^.*\//, "exp ")));
    assert.equal(place.range!.start.line, line);
  });

  test("a reply stands in the same thread and is answered there", async () => {
    const { parts } = await finishedSession();
    const before = place.comments.length;
    await vscode.commands.executeCommand("intern.comment", { thread: place, text: "What did it cost?" });
    await until("a further answer", () => place.comments.length >= before + 2 && !/…$/.test(texts(place).at(-1)!), [parts.threads.onChange]);
    assert.equal(texts(place)[before], "You: What did it cost?");
  });

  test("a resolved thread is kept, and a new window draws all of it again", async () => {
    const { parts } = await finishedSession();
    await vscode.commands.executeCommand("intern.resolveThread", place);
    await until("the mark", () => place.state === vscode.CommentThreadState.Resolved, [parts.threads.onChange]);
    const told = await parts.server.request("intern/threads", {});
    assert.deepEqual(told.threads.map(({ thread }) => thread.resolved), [true]);
    assert.deepEqual(
      told.threads[0]!.messages.map(({ text }) => text).length,
      place.comments.length,
    );
    await vscode.commands.executeCommand("intern.reopenThread", place);
    assert.equal(place.contextValue, "open");
  });
});
