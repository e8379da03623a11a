/** A panel's page: the shared component, with a host that speaks to the extension by messages. */
import "../../panels/dist/index.js";
import type { Connection, ExportedFile, Host, Json, ThemeKind } from "../../panels/src/host";
import type { Delta, Event, Methods } from "../../panels/src/protocol";
import type { FromPage, ToPage } from "../src/panelMessages";
import { Past } from "../src/past";

interface Api {
  postMessage(message: FromPage): void;
  getState(): Record<string, Json> | undefined;
  setState(state: Record<string, Json>): void;
}
declare function acquireVsCodeApi(): Api;

const api = acquireVsCodeApi();
const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
const eventListeners = new Set<(batch: readonly Event[]) => void>();
const deltaListeners = new Set<(delta: Delta) => void>();
const connectionListeners = new Set<(connection: Connection) => void>();
/** null: the events so far have not come yet. */
let past: Past | null = null;
let connection: Connection = { state: "connecting" };
let asked = 0;

function themeKind(): ThemeKind {
  const classes = document.body.classList;
  if (classes.contains("vscode-high-contrast-light")) return "high-contrast-light";
  if (classes.contains("vscode-high-contrast")) return "high-contrast";
  return classes.contains("vscode-light") ? "light" : "dark";
}

function listen<T>(set: Set<T>, listener: T): () => void {
  set.add(listener);
  return () => set.delete(listener);
}

const host: Host = {
  request<M extends keyof Methods>(method: M, params: Methods[M]["params"], signal?: AbortSignal) {
    return new Promise<Methods[M]["result"]>((resolve, reject) => {
      const id = ++asked;
      waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      api.postMessage({ kind: "request", id, method, params });
      signal?.addEventListener("abort", () => {
        if (waiting.delete(id)) api.postMessage({ kind: "cancel", id });
        reject(new Error("The question was given up."));
      });
    });
  },
  onEvent(listener) {
    if (past) listener(past.events());
    return listen(eventListeners, listener);
  },
  onDelta: (listener) => listen(deltaListeners, listener),
  onConnection(listener) {
    listener(connection);
    return listen(connectionListeners, listener);
  },
  reconnect: () => api.postMessage({ kind: "reconnect" }),
  openFile: (place) => api.postMessage({ kind: "openFile", place }),
  openDiff: (commit) => api.postMessage({ kind: "openDiff", commit }),
  openCurves: (runs) => api.postMessage({ kind: "openCurves", runs: [...runs] }),
  openPanel: (panel, run) => api.postMessage({ kind: "openPanel", panel, run: run ?? null }),
  openText: (title, text) => api.postMessage({ kind: "openText", title, text }),
  compareCode: (one, other) => api.postMessage({ kind: "compareCode", one, other }),
  runCommand: (command) => api.postMessage({ kind: "runCommand", command }),
  openLink: (href) => api.postMessage({ kind: "openLink", href }),
  copyText: (text) => api.postMessage({ kind: "copyText", text }),
  saveFile: ({ name, content }: ExportedFile) =>
    void content.arrayBuffer().then((bytes) => api.postMessage({ kind: "saveFile", name, content: new Uint8Array(bytes) })),
  saveState: (panel, state) => api.setState({ ...api.getState(), [panel]: state }),
  restoreState: (panel) => api.getState()?.[panel],
  theme: {
    get kind() {
      return themeKind();
    },
    onChange(listener) {
      const observer = new MutationObserver(() => listener());
      observer.observe(document.body, { attributes: true, attributeFilter: ["class"] });
      // The colours stand there, and may change after the class, or without it.
      observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
      return () => observer.disconnect();
    },
  },
};

const place = document.getElementById("panel")!;
const element = document.createElement(`intern-${place.dataset["panel"]}`) as HTMLElement & { host: Host; show?(runs: string | string[], comparing?: boolean): void };

window.addEventListener("message", ({ data: message }: MessageEvent<ToPage>) => {
  switch (message.kind) {
    case "answer": {
      const question = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error === undefined) question?.resolve(message.result);
      else question?.reject(new Error(message.error));
      return;
    }
    case "events":
      return take(message.past, message.events);
    case "delta":
      for (const listener of deltaListeners) listener(message.delta);
      return;
    case "connection":
      connection = message.connection;
      for (const listener of connectionListeners) listener(connection);
      return;
    case "show":
      element.show?.(place.dataset["panel"] === "diagnosis" ? message.runs[0]! : message.runs, message.comparing);
  }
});

/** The answer to `ready` holds all that came before; a live event that overtakes it is in it too. */
function take(before: boolean, events: readonly Event[]): void {
  const first = past === null;
  if (first && !before) return;
  const known = (past ??= new Past());
  const fresh = events.filter((event) => known.take(event));
  if (first || fresh.length > 0) for (const listener of eventListeners) listener(fresh);
}

element.host = host;
place.append(element);
api.postMessage({ kind: "ready" });
