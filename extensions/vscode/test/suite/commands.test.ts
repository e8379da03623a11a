/** The commands of the manifest. */
import * as assert from "node:assert/strict";
import * as vscode from "vscode";
import { connected } from "./session";
import { tick, until } from "./waiting";

interface Manifest {
  contributes: {
    commands: { command: string; title: string; category: string }[];
    keybindings: { command: string; key: string; when: string }[];
    menus: Record<string, { command: string; when?: string }[]>;
  };
}

suite("commands", () => {
  test("every command of the manifest exists, in one category", async () => {
    const { context } = await connected();
    const { commands } = (context.extension.packageJSON as Manifest).contributes;
    const known = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(commands.filter(({ command }) => !known.has(command)), []);
    assert.deepEqual(new Set(commands.map(({ category }) => category)), new Set(["Intern"]));
  });

  test("menus and keys name commands of the manifest, no two of them the same keys", async () => {
    const { context } = await connected();
    const { commands, menus, keybindings } = (context.extension.packageJSON as Manifest).contributes;
    const known = new Set(commands.map(({ command }) => command));
    const named = [...Object.values(menus).flat(), ...keybindings].map(({ command }) => command);
    assert.deepEqual(named.filter((command) => !known.has(command)), []);
    assert.equal(new Set(keybindings.map(({ key }) => key)).size, keybindings.length);
    assert.ok(keybindings.every(({ when }) => when.includes("intern.phase")), "keys hold only where Intern is at work");
  });

  test("what belongs to a place is not offered in the palette", async () => {
    const { context } = await connected();
    const { commands, menus } = (context.extension.packageJSON as Manifest).contributes;
    const hidden = new Set(menus["commandPalette"]!.filter(({ when }) => when === "false").map(({ command }) => command));
    const needPlace = ["openLog", "stopRun", "rerun", "compare", "comment", "resolveThread", "acceptFile", "openCommit"];
    assert.deepEqual(needPlace.filter((name) => !hidden.has(`intern.${name}`)), []);
    assert.ok(commands.length > needPlace.length);
  });

  test("the chosen model is kept in the setting and can be chosen by keyboard", async () => {
    await connected();
    const choosing = vscode.commands.executeCommand("intern.selectModel");
    let done = false;
    void choosing.then(() => (done = true));
    await until("the end of the choice", async () => {
      if (!done) await vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
      return done;
    }, [tick]);
    assert.equal(vscode.workspace.getConfiguration("intern").get("model"), "playbook");
  });

  test("a refusal of the daemon is one sentence, not an exception", async () => {
    await connected();
    const answer = await vscode.commands.executeCommand("intern.showFinding", { run: "run-9999", rule: "S1" });
    assert.equal(answer, undefined);
  });
});
