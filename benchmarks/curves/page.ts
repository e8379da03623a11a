/** The curves panel in a page of its own; its host speaks to the bridge as an editor's webview does. */
import { THEMES } from "../../extensions/panels/demo/themes.js";
import type { Host } from "../../extensions/panels/src/host.js";
import "../../extensions/panels/src/curves/panel.js";
import type { Event, Methods } from "../../extensions/panels/src/protocol.js";

for (const [name, value] of Object.entries(THEMES.light)) document.body.style.setProperty(name, value);

const socket = new WebSocket(`ws://${location.host}/`);
const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
let asked = 0;

const nothing = (): void => undefined;
const host: Host = {
  request<M extends keyof Methods>(method: M, params: Methods[M]["params"], signal?: AbortSignal) {
    return new Promise<Methods[M]["result"]>((resolve, reject) => {
      const id = ++asked;
      waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      socket.send(JSON.stringify({ id, method, params }));
      signal?.addEventListener("abort", () => {
        socket.send(JSON.stringify({ method: "$/cancelRequest", params: { id } }));
      });
    });
  },
  onEvent(listener) {
    socket.addEventListener("message", ({ data }) => {
      const told = JSON.parse(data as string) as { events?: Event[]; id?: number; result?: unknown; error?: { message: string } };
      if (told.events) listener(told.events);
      if (told.id === undefined) return;
      const question = waiting.get(told.id);
      waiting.delete(told.id);
      if (told.error) question?.reject(new Error(told.error.message));
      else question?.resolve(told.result);
    });
    return nothing;
  },
  onDelta: () => nothing,
  onConnection(listener) {
    listener({ state: "online" });
    return nothing;
  },
  reconnect: nothing,
  openFile: nothing,
  openDiff: nothing,
  openCurves: nothing,
  openPanel: nothing,
  openText: nothing,
  compareCode: nothing,
  runCommand: nothing,
  openLink: nothing,
  copyText: nothing,
  saveFile: nothing,
  saveState: nothing,
  // A person who shows every run of the workspace.
  restoreState: () => ({ shown: Array.from({ length: 100 }, (_, index) => `run-${String(index + 1).padStart(4, "0")}`) }),
  theme: { kind: "light", onChange: () => nothing },
};

const panel = document.createElement("intern-curves") as HTMLElement & { host: Host };
panel.host = host;
document.body.append(panel);
