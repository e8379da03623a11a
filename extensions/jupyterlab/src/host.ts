/** What the shared panels may ask of JupyterLab. */
import type { JupyterFrontEnd } from "@jupyterlab/application";
import { Dialog, showDialog } from "@jupyterlab/apputils";
import type { IDocumentManager } from "@jupyterlab/docmanager";
import type { IStateDB } from "@jupyterlab/statedb";
import type { TranslationBundle } from "@jupyterlab/translation";
import type { Host, Json, Theme, View } from "../../panels/src/host";
import type { Connection } from "./connection";
import { Command, OPEN } from "./ids";
import { openAt } from "./open";

const STATE = "intern:panels";

interface Surroundings {
  readonly app: JupyterFrontEnd;
  readonly documents: IDocumentManager;
  readonly state: IStateDB | null;
  readonly theme: Theme;
  readonly trans: TranslationBundle;
}

/** @returns the host, and a promise of what the panels saved: no panel is made before it. */
export function makeHost(connection: Connection, around: Surroundings): { host: Host; restored: Promise<void> } {
  const { app, documents, state, theme, trans } = around;
  const saved: Record<string, Json> = {};
  // Not awaited by the activation: the state database waits for the application, which waits for us.
  const restored = Promise.resolve(state?.fetch(STATE)).then((kept) => {
    Object.assign(saved, kept);
  });
  const run = (command: string, args: Record<string, string | string[]> = {}): void => {
    void app.commands.execute(command, args);
  };
  const host: Host = {
    theme,
    request: (method, params) => connection.request(method, params),
    onEvent: (listener) => connection.onEvent(listener),
    onDelta: (listener) => connection.onDelta(listener),
    onConnection: (listener) => connection.onState(listener),
    reconnect() {
      connection.reconnect();
    },
    openFile: (place) => void openAt(documents, connection, place.path, place.line, place.column),
    openDiff: (commit) => {
      run(OPEN.review, { commit });
    },
    openCurves: (runs) => {
      run(OPEN.curves, { runs: [...runs] });
    },
    openPanel: (panel: View, chosen?: string) => {
      run(OPEN[panel], chosen === undefined ? {} : { run: chosen });
    },
    openText: (title, text) => {
      run(Command.openText, { title, text });
    },
    compareCode: (one, other) => {
      run(OPEN.review, { from: one, to: other });
    },
    runCommand: (command) => {
      run(`intern:${command}`);
    },
    openLink: (href) => void openLink(href, trans),
    copyText: (text) => void navigator.clipboard.writeText(text),
    saveFile({ name, content }) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(content);
      link.download = name;
      link.click();
      URL.revokeObjectURL(link.href);
    },
    saveState(panel, value) {
      saved[panel] = value;
      void state?.save(STATE, saved);
    },
    restoreState: (panel) => saved[panel],
  };
  return { host, restored };
}

/** Agent text may hold any address: the person sees it whole before it is opened. */
async function openLink(href: string, trans: TranslationBundle): Promise<void> {
  if (!/^https?:\/\//i.test(href)) return;
  const answer = await showDialog({
    title: trans.__("Open this page?"),
    body: href,
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__("Open") })],
  });
  if (answer.button.accept) window.open(href, "_blank", "noopener,noreferrer");
}
