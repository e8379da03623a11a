import type { Event, Methods, Place } from "./protocol.js";

/** Ends a subscription. */
export type Unsubscribe = () => void;

/** What the editor knows of the daemon. `reason` is one sentence for the person. */
export type Connection =
  | { state: "connecting" }
  | { state: "online" }
  | { state: "offline"; reason: string };

export type ThemeKind = "light" | "dark" | "high-contrast" | "high-contrast-light";

export interface Theme {
  readonly kind: ThemeKind;
  /** Called after the colours changed; canvases must be drawn again. */
  onChange(listener: () => void): Unsubscribe;
}

/** What JSON can hold, for the state that an editor keeps over a reload. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A file that the person asked to export. */
export interface ExportedFile {
  name: string;
  type: "text/csv" | "image/png" | "image/svg+xml";
  content: Blob;
}

/** All that a panel may ask of the editor in which it stands. */
export interface Host {
  /** Rejects with an `Error` whose message is the daemon's sentence. */
  request<M extends keyof Methods>(
    method: M,
    params: Methods[M]["params"],
  ): Promise<Methods[M]["result"]>;
  /**
   * Gives all events so far in one batch, an empty one when there are none, then each batch that
   * comes. After a reconnect events may come twice; folding ignores those.
   */
  onEvent(listener: (batch: readonly Event[]) => void): Unsubscribe;
  /** Tells the connection at once, then each change. */
  onConnection(listener: (connection: Connection) => void): Unsubscribe;
  reconnect(): void;
  openFile(place: Place): void;
  openDiff(commit: string): void;
  /** Shows the curves of these runs, in the panel of the editor's choice. */
  openCurves(runs: readonly string[]): void;
  openPanel(panel: "improve" | "diagnosis" | "report" | "review"): void;
  copyText(text: string): void;
  saveFile(file: ExportedFile): void;
  saveState(panel: string, state: Json): void;
  /** What was saved under this name; undefined: nothing yet. */
  restoreState(panel: string): Json | undefined;
  readonly theme: Theme;
}
