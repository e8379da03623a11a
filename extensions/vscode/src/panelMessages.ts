/** What a panel's page and the extension say to each other. Shared by both sides. */
import type { Command, Connection, View } from "../../panels/src/host";
import type { Delta, Event, Place } from "./protocol";

export type { Command, Connection, View };
export type PanelName = Exclude<View, "review">;

export type FromPage =
  | { kind: "ready" }
  | { kind: "request"; id: number; method: string; params: unknown }
  | { kind: "cancel"; id: number }
  | { kind: "reconnect" }
  | { kind: "openFile"; place: Place }
  | { kind: "openDiff"; commit: string }
  | { kind: "openCurves"; runs: string[] }
  | { kind: "openPanel"; panel: View; run: string | null }
  | { kind: "openText"; title: string; text: string }
  | { kind: "compareCode"; one: string; other: string }
  | { kind: "runCommand"; command: Command }
  | { kind: "openLink"; href: string }
  | { kind: "copyText"; text: string }
  | { kind: "saveFile"; name: string; content: Uint8Array };

export type ToPage =
  | { kind: "answer"; id: number; result?: unknown; error?: string }
  | { kind: "events"; past: boolean; events: Event[] }
  | { kind: "delta"; delta: Delta }
  | { kind: "connection"; connection: Connection }
  | { kind: "show"; runs: string[]; comparing: boolean };
