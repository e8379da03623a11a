/** One text of the workspace, kept in step with the daemon as LSP has it. */
import type { Connection } from "../connection";

export interface Position {
  line: number;
  character: number;
}

export interface Range {
  start: Position;
  end: Position;
}

export interface Diagnostic {
  range: Range;
  severity?: 1 | 2 | 3 | 4;
  code?: string;
  codeDescription?: { href: string };
  source?: string;
  message: string;
  data?: unknown;
}

export interface TextEdit {
  range: Range;
  newText: string;
}

export interface CodeAction {
  title: string;
  edit?: { changes?: Record<string, TextEdit[]>; documentChanges?: { textDocument: { uri: string }; edits: TextEdit[] }[] };
  command?: { command: string; arguments?: unknown[] };
}

interface Published {
  uri: string;
  diagnostics: Diagnostic[];
}

export class SyncedDocument {
  private version = 0;
  private text: string;
  private readonly ends: (() => void)[];

  /** @param path relative to the workspace root. */
  constructor(
    private readonly connection: Connection,
    private readonly path: string,
    text: string,
    found: (diagnostics: Diagnostic[]) => void,
  ) {
    this.text = text;
    let open = false;
    this.ends = [
      connection.onState(({ state }) => {
        // A daemon that came back knows no document.
        if (state === "online") {
          open = true;
          this.open();
        } else if (open) found([]);
      }),
      connection.onNotice((method, params) => {
        if (method !== "textDocument/publishDiagnostics") return;
        const published = params as Published;
        if (published.uri === this.uri) found(published.diagnostics);
      }),
    ];
  }

  get uri(): string {
    return `file://${[...this.connection.root.split("/"), ...this.path.split("/")].map(encodeURIComponent).join("/")}`;
  }

  change(text: string): void {
    if (text === this.text) return;
    this.text = text;
    this.version += 1;
    this.connection.notify("textDocument/didChange", {
      textDocument: { uri: this.uri, version: this.version },
      contentChanges: [{ text }],
    });
  }

  saved(): void {
    this.connection.notify("textDocument/didSave", { textDocument: { uri: this.uri } });
  }

  async actions(diagnostic: Diagnostic): Promise<CodeAction[]> {
    const answer = await this.connection
      .ask("textDocument/codeAction", {
        textDocument: { uri: this.uri },
        range: diagnostic.range,
        context: { diagnostics: [diagnostic] },
      })
      .catch(() => null);
    return (answer as CodeAction[] | null) ?? [];
  }

  close(): void {
    for (const end of this.ends) end();
    this.connection.notify("textDocument/didClose", { textDocument: { uri: this.uri } });
  }

  private open(): void {
    this.version += 1;
    this.connection.notify("textDocument/didOpen", {
      textDocument: { uri: this.uri, languageId: "python", version: this.version, text: this.text },
    });
  }
}
