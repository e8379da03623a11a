/** What is said when something is missing; nothing is executed, nothing is silent. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { makeWorkspace } from "../workspace.mjs";

export async function refusals(scene) {
  const never = { "security.workspace.trust.startupPrompt": "never" };
  await scene.visit(makeWorkspace(), { trusted: false, settings: never }, (workspace) =>
    scene.step("an untrusted workspace gets no daemon, and the status bar says so", async () => {
      const { window } = scene;
      await window.statusSays(/Intern: untrusted/);
      await window.command("Intern: Run Training");
      await window.toast(/not trusted, so Intern executes nothing/).waitFor();
      await scene.picture("untrusted-dark");
      assert.equal(existsSync(path.join(workspace.root, ".intern")), false);
    }),
  );
  const newer = path.join(import.meta.dirname, "..", "newer_daemon.py");
  await scene.visit(makeWorkspace(), { pythonPath: newer }, () =>
    scene.step("a daemon of another protocol is told in one message", async () => {
      const { window } = scene;
      await window.statusSays(/Intern: offline/);
      await window.command("Intern: Run Training");
      await window.toast(/speaks protocol 1 to 1, this daemon 8 to 9/).waitFor();
      assert.equal(await window.page.locator(".notification-toast").count(), 1);
    }),
  );
  const bare = makeWorkspace();
  rmSync(path.join(bare.root, ".git"), { recursive: true });
  await scene.visit(bare, {}, () =>
    scene.step("a folder without a repository is told what is missing", async () => {
      const { window } = scene;
      await window.statusSays(/Intern: offline/);
      await window.command("Intern: Run Training");
      await window.toast(/is not inside a git repository; make one with `git init`/).waitFor();
    }),
  );
  const unknown = makeWorkspace();
  unknown.git("rm", "--quiet", "intern.toml");
  unknown.git("commit", "--quiet", "--message=Without a contract");
  await scene.visit(unknown, {}, (workspace) =>
    scene.step("a repository that says nothing of itself is read, and what was found is asked about", async () => {
      const { window } = scene;
      await window.openFile("train.py");
      await window.statusSays(/Intern: ready/);
      await window.command("Intern: Initialise This Repository");
      const dialog = window.page.locator(".monaco-dialog-box", { hasText: "How this repository trains and scores" });
      await dialog.filter({ hasText: "train.py" }).waitFor();
      await scene.excerpt("contract", ".monaco-dialog-box");
      await window.dialog(/Looks Right/);
      await window.page.locator(".tab", { hasText: "intern.toml" }).first().waitFor();
      assert.match(readFileSync(path.join(workspace.root, "intern.toml"), "utf8"), /command = "python train.py"/);
    }),
  );
}
