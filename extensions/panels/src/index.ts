/** The panels of Intern: custom elements that render what the daemon tells, in either editor. */
export * as protocol from "./protocol.js";
export type {
  Command,
  Connection,
  ExportedFile,
  Host,
  Json,
  Theme,
  ThemeKind,
  Unsubscribe,
  View,
} from "./host.js";
export { Folded, goesOn } from "./folded.js";
export { safeHtml } from "./markdown.js";
export { InternCurves } from "./curves/panel.js";
export { InternDiagnosis } from "./diagnosis/panel.js";
export { InternImprove } from "./improve/panel.js";
export { InternReport } from "./report/panel.js";
export { InternApproval } from "./chat/approval.js";
export { InternChat } from "./chat/panel.js";
export { InternThread } from "./chat/thread.js";
