import type { Delta, Event, Methods, Place } from "./protocol.js";

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

/** A view of ours that the editor can bring to the front. */
export type View = "improve" | "diagnosis" | "report" | "review" | "chat" | "curves";

/** A command of the editor that a panel may start; the editor asks what it has to ask. */
export type Command = "improve" | "land" | "selectModel" | "newSession";

/** All that a panel may ask of the editor in which it stands. */
export interface Host {
  /**
   * Rejects with an `Error` whose message is the daemon's sentence.
   *
   * @param signal given up when aborted: nobody waits for the answer any more.
   */
  request<M extends keyof Methods>(
    method: M,
    params: Methods[M]["params"],
    signal?: AbortSignal,
  ): Promise<Methods[M]["result"]>;
  /**
   * Gives all events so far in one batch, an empty one when there are none, then each batch that
   * comes. After a reconnect events may come twice; folding ignores those.
   */
  onEvent(listener: (batch: readonly Event[]) => void): Unsubscribe;
  /** Pieces of messages that are being written, as they come. None is kept or told again. */
  onDelta(listener: (delta: Delta) => void): Unsubscribe;
  /** Tells the connection at once, then each change. */
  onConnection(listener: (connection: Connection) => void): Unsubscribe;
  reconnect(): void;
  openFile(place: Place): void;
  openDiff(commit: string): void;
  /** Shows the curves of these runs, in the panel of the editor's choice. */
  openCurves(runs: readonly string[]): void;
  /** `run`: the one that a diagnosis is to show. */
  openPanel(panel: View, run?: string): void;
  /** Shows a long text, such as the whole output of a step, in a tab of its own. */
  openText(title: string, text: string): void;
  /** Shows what the code of two commits differs in. */
  compareCode(one: string, other: string): void;
  runCommand(command: Command): void;
  /** Asks the person, then opens a web page; anything but http and https is left. */
  openLink(href: string): void;
  copyText(text: string): void;
  saveFile(file: ExportedFile): void;
  saveState(panel: string, state: Json): void;
  /** What was saved under this name; undefined: nothing yet. */
  restoreState(panel: string): Json | undefined;
  readonly theme: Theme;
}
