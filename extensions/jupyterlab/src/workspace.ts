/** Which repository this page works in. */
import { PathExt, URLExt } from "@jupyterlab/coreutils";
import { ServerConnection } from "@jupyterlab/services";

export interface Workspace {
  name: string;
  /** Absolute path on the server. */
  root: string;
  /** The folder as the contents API calls it; null: above what the server shows. */
  path: string | null;
}

/** The repositories with an `intern.toml` that the server shows, the one it stands in first. */
export async function workspaces(settings: ServerConnection.ISettings): Promise<Workspace[]> {
  const address = URLExt.join(settings.baseUrl, "intern", "api", "workspaces");
  const response = await ServerConnection.makeRequest(address, {}, settings);
  if (!response.ok) throw new ServerConnection.ResponseError(response);
  const told = (await response.json()) as { workspaces: Workspace[] };
  // The contents API calls the shown folder itself by the empty path.
  return told.workspaces.map((one) => (one.path === "." ? { ...one, path: "" } : one));
}

/**
 * The one that is meant.
 *
 * @param wished from the settings; empty: no wish.
 * @param standing where the file browser stands.
 */
export function choose(found: readonly Workspace[], wished: string, standing: string): Workspace | null {
  const inside = (path: string): Workspace[] =>
    found
      .filter((one) => one.path !== null && below(path, one.path))
      .sort((one, other) => (other.path?.length ?? 0) - (one.path?.length ?? 0));
  if (wished !== "") {
    const path = PathExt.removeSlash(wished);
    return found.find((one) => one.path === path) ?? { name: PathExt.basename(path), root: "", path };
  }
  return inside(standing)[0] ?? found.find((one) => one.path !== null && one.path !== "") ?? found[0] ?? null;
}

function below(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}
