/** The demo page: `?panel=curves&theme=dark&scene=finished`. */
import type { Host } from "../src/host.js";
import "../src/index.js";
import { RecordedHost, type Scene } from "./recorded-host.js";
import { THEMES } from "./themes.js";

const wish = new URLSearchParams(location.search);
const panel = wish.get("panel") ?? "curves";
const kind = (wish.get("theme") ?? "dark") as keyof typeof THEMES;
for (const [name, value] of Object.entries(THEMES[kind])) document.body.style.setProperty(name, value);
document.body.style.background = "var(--vscode-editor-background)";

const host = new RecordedHost((wish.get("scene") ?? "finished") as Scene, {
  kind,
  onChange: () => () => undefined,
});
const element = document.createElement(`intern-${panel}`) as HTMLElement & { host: Host };
element.host = host;
document.querySelector("main")?.append(element);
Object.assign(window, { host });
