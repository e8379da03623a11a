/** Intern in JupyterLab: the parts, put together. */
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, IThemeManager } from "@jupyterlab/apputils";
import { IEditorLanguageRegistry } from "@jupyterlab/codemirror";
import { IDocumentManager } from "@jupyterlab/docmanager";
import { IDefaultFileBrowser } from "@jupyterlab/filebrowser";
import { IEditorTracker } from "@jupyterlab/fileeditor";
import { ILauncher } from "@jupyterlab/launcher";
import type { ServerConnection } from "@jupyterlab/services";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { IStateDB } from "@jupyterlab/statedb";
import { IStatusBar } from "@jupyterlab/statusbar";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import { Folded } from "../../panels/src/folded";
import { registerCommands } from "./commands";
import { Connection } from "./connection";
import { addLint } from "./lint";
import { makeHost } from "./host";
import { PLUGIN } from "./ids";
import { Notices } from "./notices";
import { Panels } from "./panels";
import { addReview } from "./review";
import { addStatus } from "./status";
import { theme } from "./theme";
import { choose, workspaces } from "./workspace";

const plugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN,
  description: "Improves language-model post-training runs, with live curves, diagnoses and review.",
  autoStart: true,
  requires: [IDocumentManager, IEditorLanguageRegistry],
  optional: [
    ICommandPalette,
    IDefaultFileBrowser,
    IEditorTracker,
    ILauncher,
    ILayoutRestorer,
    ISettingRegistry,
    IStateDB,
    IStatusBar,
    IThemeManager,
    ITranslator,
  ],
  activate(
    app: JupyterFrontEnd,
    documents: IDocumentManager,
    languages: IEditorLanguageRegistry,
    palette: ICommandPalette | null,
    browser: IDefaultFileBrowser | null,
    editors: IEditorTracker | null,
    launcher: ILauncher | null,
    restorer: ILayoutRestorer | null,
    registry: ISettingRegistry | null,
    state: IStateDB | null,
    statusBar: IStatusBar | null,
    themes: IThemeManager | null,
    translator: ITranslator | null,
  ): void {
    const trans = (translator ?? nullTranslator).load("intern");
    const server = app.serviceManager.serverSettings;
    const settings = Promise.resolve(registry?.load(PLUGIN));
    const connection = new Connection(server, place(server, settings, browser));
    const folded = new Folded();
    connection.onEvent((batch) => {
      for (const event of batch) folded.fold(event);
    });
    const { host, restored } = makeHost(connection, { app, documents, state, theme: theme(themes), trans });
    const panels = new Panels(app, host, restored, restorer, trans);
    const parts = { app, connection, documents, folded, panels, settings, trans };
    registerCommands(parts, palette, launcher);
    addReview(parts, languages, palette, restorer);
    addLint(parts, editors);
    if (statusBar) addStatus(statusBar, parts);
    new Notices(parts);
  },
};

/** The folder of the repository that is meant, once settings and server have answered. */
async function place(
  server: ServerConnection.ISettings,
  settings: Promise<ISettingRegistry.ISettings | undefined>,
  browser: IDefaultFileBrowser | null,
): Promise<string | null> {
  const wished = ((await settings.catch(() => undefined))?.composite.workspace ?? "") as string;
  const found = await workspaces(server).catch(() => []);
  const chosen = choose(found, wished, browser?.model.path ?? "");
  return chosen ? chosen.path : "";
}

export default plugin;
