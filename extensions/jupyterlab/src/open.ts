/** Opens a file of the repository at a line, through the document manager. */
import { PathExt } from "@jupyterlab/coreutils";
import type { IDocumentManager } from "@jupyterlab/docmanager";
import { FileEditor } from "@jupyterlab/fileeditor";
import type { Connection } from "./connection";

/**
 * A path of the repository as the contents API calls it; null when the repository stands above the
 * folder that the server shows.
 */
export function contentsPath(connection: Connection, path: string): string | null {
  return connection.folder === null ? null : PathExt.join(connection.folder, path);
}

export async function openAt(
  documents: IDocumentManager,
  connection: Connection,
  path: string,
  line = 1,
  column = 1,
): Promise<void> {
  const place = contentsPath(connection, path);
  if (place === null) throw new Error(`${path} is outside the folder that this server shows.`);
  const widget = documents.openOrReveal(place);
  if (!widget) return;
  await widget.context.ready;
  await widget.revealed;
  const content = (widget).content;
  if (!(content instanceof FileEditor)) return;
  const position = { line: Math.max(0, line - 1), column: Math.max(0, column - 1) };
  content.editor.setCursorPosition(position);
  content.editor.revealPosition(position);
  content.editor.focus();
}
