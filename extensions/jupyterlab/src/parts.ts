/** What the parts of the extension know of each other. */
import type { JupyterFrontEnd } from "@jupyterlab/application";
import type { IDocumentManager } from "@jupyterlab/docmanager";
import type { ISettingRegistry } from "@jupyterlab/settingregistry";
import type { TranslationBundle } from "@jupyterlab/translation";
import type { Folded } from "../../panels/src/folded";
import type { Connection } from "./connection";
import type { Panels } from "./panels";

export interface Parts {
  readonly app: JupyterFrontEnd;
  readonly connection: Connection;
  readonly documents: IDocumentManager;
  /** What the events add up to. */
  readonly folded: Folded;
  readonly panels: Panels;
  /** Loaded after the activation. */
  readonly settings: Promise<ISettingRegistry.ISettings | undefined>;
  readonly trans: TranslationBundle;
}
