/** A panel's page: the shared component, with a host that speaks to the extension by messages. */
import "../../panels/dist/index.js";
import type { Connection, ExportedFile, Host, Json, ThemeKind } from "../../panels/src/host";
import type { Event, Methods } from "../../panels/src/protocol";
import type { FromPage, ToPage } from "../src/panelMessages";

interface Api {
  postMessage(message: FromPage): void;
  getState(): Record<string, Json> | undefined;
  setState(state: Record<string, Json>): void;
}
declare function acquireVsCodeApi(): Api;

const api = acquireVsCodeApi();
const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
const eventListeners = new Set<(batch: readonly Event[]) => void>();
const connectionListeners = new Set<(connection: Connection) => void>();
let events: Event[] | null = null;
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
  request<M extends keyof Methods>(method: M, params: Methods[M]["params"]) {
    return new Promise<Methods[M]["result"]>((resolve, reject) => {
      asked += 1;
      waiting.set(asked, { resolve: resolve as (result: unknown) => void, reject });
      api.postMessage({ kind: "request", id: asked, method, params });
    });
  },
  onEvent(listener) {
    if (events) listener(events);
    return listen(eventListeners, listener);
  },
  onConnection(listener) {
    listener(connection);
    return listen(connectionListeners, listener);
  },
  reconnect: () => api.postMessage({ kind: "reconnect" }),
  openFile: (place) => api.postMessage({ kind: "openFile", place }),
  openDiff: (commit) => api.postMessage({ kind: "openDiff", commit }),
  openCurves: (runs) => api.postMessage({ kind: "openCurves", runs: [...runs] }),
  openPanel: (panel) => api.postMessage({ kind: "openPanel", panel }),
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
const element = document.createElement(`intern-${place.dataset["panel"]}`) as HTMLElement & { host: Host; show?(runs: string | string[]): void };

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
      return take(message.batch);
    case "connection":
      connection = message.connection;
      for (const listener of connectionListeners) listener(connection);
      return;
    case "show":
      element.show?.(place.dataset["panel"] === "diagnosis" ? message.runs[0]! : message.runs);
  }
});

/**
 * The answer to `ready` holds all events so far, from number 1. A live event may overtake it: it is in
 * that answer too, so it is left. After a reconnect the extension tells all again.
 */
function take(batch: readonly Event[]): void {
  if (events === null && batch.length > 0 && batch[0]!.seq !== 1) return;
  const last = events?.at(-1)?.seq ?? 0;
  const fresh = batch.filter(({ seq }) => seq > last);
  const first = events === null;
  events = [...(events ?? []), ...fresh];
  if (first || fresh.length > 0) for (const listener of eventListeners) listener(fresh);
}

element.host = host;
place.append(element);
api.postMessage({ kind: "ready" });
