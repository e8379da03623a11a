/** The panels of Intern: custom elements that render what the daemon tells, in either editor. */
export * as protocol from "./protocol.js";
export type { Connection, ExportedFile, Host, Json, Theme, ThemeKind, Unsubscribe } from "./host.js";
export { Folded, goesOn } from "./folded.js";
export { safeHtml } from "./markdown.js";
export { InternCurves } from "./curves/panel.js";
export { InternDiagnosis } from "./diagnosis/panel.js";
export { InternImprove } from "./improve/panel.js";
export { InternReport } from "./report/panel.js";
