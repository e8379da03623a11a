/** Names of commands and panels, in one place so that menus, tests and panels agree. */
import type { View } from "../../panels/src/host";

export const PLUGIN = "@intern/jupyterlab:plugin";

/** The palette's category. */
export const CATEGORY = "Intern";

/** Commands that open a view. */
export const OPEN: Record<View, string> = {
  improve: "intern:open-improve",
  curves: "intern:open-curves",
  diagnosis: "intern:open-diagnosis",
  report: "intern:open-report",
  review: "intern:open-review",
  chat: "intern:open-chat",
};

export enum Command {
  improve = "intern:improve",
  resume = "intern:resume",
  run = "intern:run",
  diagnose = "intern:diagnose",
  diagnoseFile = "intern:diagnose-file",
  stop = "intern:stop",
  land = "intern:land",
  undoLanding = "intern:undo-landing",
  newSession = "intern:newSession",
  selectModel = "intern:selectModel",
  approvals = "intern:approvals",
  openText = "intern:open-text",
  reconnect = "intern:reconnect",
}
