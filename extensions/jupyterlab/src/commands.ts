/** The palette's commands, and those that panels, menus and the launcher name. */
import { Clipboard, type ICommandPalette, InputDialog, MainAreaWidget, Notification } from "@jupyterlab/apputils";
import type { ILauncher } from "@jupyterlab/launcher";
import { Widget } from "@lumino/widgets";
import { goesOn } from "../../panels/src/folded";
import { icon } from "./icon";
import { CATEGORY, Command, OPEN } from "./ids";
import { improve, stop } from "./improve";
import { land, undoLanding } from "./landing";
import type { PanelName } from "./panels";
import type { Parts } from "./parts";

type Arguments = Record<string, unknown>;

export function registerCommands(parts: Parts, palette: ICommandPalette | null, launcher: ILauncher | null): void {
  const { app, connection, folded, panels, settings, trans } = parts;

  function add(id: string, label: string, deed: (args: Arguments) => unknown, shown = true): void {
    app.commands.addCommand(id, {
      label,
      icon: (args) => (args.isPalette ? undefined : icon),
      execute: async (args) => {
        try {
          return await deed(args);
        } catch (thrown) {
          Notification.error(thrown instanceof Error ? thrown.message : String(thrown), { autoClose: false });
          return undefined;
        }
      },
    });
    if (shown) palette?.addItem({ command: id, category: CATEGORY, args: { isPalette: true } });
  }

  const open = (name: PanelName, label: string): void => {
    add(OPEN[name], label, (args) => panels.open(name, (args.runs ?? args.run) as string | string[] | undefined));
  };
  open("chat", trans.__("Open Chat"));
  open("curves", trans.__("Open Curves"));
  open("improve", trans.__("Show Improvement"));
  open("diagnosis", trans.__("Show Diagnosis"));
  open("report", trans.__("Show Report"));

  add(Command.improve, trans.__("Improve This Training Run"), async () => {
    if (await improve(parts)) panels.open("improve");
  });
  add(Command.newSession, trans.__("New Session"), () => app.commands.execute(Command.improve), false);
  add(Command.resume, trans.__("Resume the Newest Session"), () => connection.request("intern/session/resume", { session: null }));
  add(Command.stop, trans.__("Stop"), () => stop(parts));
  add(Command.run, trans.__("Run Training"), async () => {
    const run = await connection.request("intern/run/launch", { evaluate: true, includeUncommitted: true });
    panels.open("curves", [run.id]);
  });
  add(Command.diagnose, trans.__("Diagnose Last Run"), () => {
    const newest = [...folded.runs.values()].at(-1);
    if (!newest) throw new Error(trans.__("There is no run yet; Run Training starts one."));
    return panels.open("diagnosis", newest.id);
  });
  add(Command.land, trans.__("Land Accepted Changes"), () => land(parts));
  add(Command.undoLanding, trans.__("Undo Landing"), () => undoLanding(parts));
  add(Command.selectModel, trans.__("Select Model"), async () => {
    const { models } = await connection.request("intern/models", {});
    const labels = models.map(({ title, available, reason }) => (available ? title : `${title}: ${reason ?? ""}`));
    const answer = await InputDialog.getItem({ title: trans.__("Who thinks in new sessions"), items: labels });
    const chosen = models[labels.indexOf(answer.value ?? "")];
    if (!chosen) return;
    if (!chosen.available) throw new Error(chosen.reason ?? trans.__("%1 is not available.", chosen.title));
    await (await settings)?.set("model", chosen.id);
  });
  add(Command.approvals, trans.__("Approvals"), () => panels.open("chat"));
  add(Command.reconnect, trans.__("Connect Again"), () => {
    connection.reconnect();
  });
  add(
    Command.openText,
    trans.__("Open Text"),
    (args) => {
      const content = new Widget();
      const text = document.createElement("pre");
      text.textContent = String(args.text);
      text.className = "jp-Intern-text";
      text.tabIndex = 0;
      content.node.append(text);
      const widget = new MainAreaWidget({ content });
      widget.title.label = String(args.title);
      widget.title.closable = true;
      app.shell.add(widget, "main");
    },
    false,
  );
  add(
    "intern:copy-reproduce",
    trans.__("Copy Reproduce Command"),
    () => {
      const run = [...folded.runs.values()].findLast((one) => !goesOn(one));
      if (run) Clipboard.copyToSystem(`git checkout ${run.commit} && ${run.command}`);
    },
    false,
  );
  launcher?.add({ command: Command.improve, category: CATEGORY, rank: 1 });
  launcher?.add({ command: OPEN.curves, category: CATEGORY, rank: 2 });
}
