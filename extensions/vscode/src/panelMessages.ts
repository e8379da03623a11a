/** What a panel's page and the extension say to each other. Shared by both sides. */
import type { Event, Place } from "./protocol";

export type PanelName = "improve" | "curves" | "diagnosis" | "report";

export type Connection = { state: "connecting" } | { state: "online" } | { state: "offline"; reason: string };

export type FromPage =
  | { kind: "ready" }
  | { kind: "request"; id: number; method: string; params: unknown }
  | { kind: "reconnect" }
  | { kind: "openFile"; place: Place }
  | { kind: "openDiff"; commit: string }
  | { kind: "openCurves"; runs: string[] }
  | { kind: "openPanel"; panel: "improve" | "diagnosis" | "report" | "review" }
  | { kind: "copyText"; text: string }
  | { kind: "saveFile"; name: string; content: Uint8Array };

export type ToPage =
  | { kind: "answer"; id: number; result?: unknown; error?: string }
  | { kind: "events"; batch: Event[] }
  | { kind: "connection"; connection: Connection }
  | { kind: "show"; runs: string[] };
