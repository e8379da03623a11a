/** A thing of the workspace that a message links to. */
export type Target =
  | { kind: "file"; path: string; line: number; endLine: number | null }
  | { kind: "run"; run: string }
  | { kind: "experiment"; experiment: string }
  | { kind: "commit"; commit: string }
  | { kind: "finding"; run: string; rule: string };

const LINES = /^L(\d+)(?:-L?(\d+))?$/;

/** What an `intern:` link of a message leads to; null: nothing that we know. */
export function target(href: string): Target | null {
  const told = /^intern:(file|run|experiment|commit|finding)\/([^#]+)(?:#(.*))?$/.exec(href);
  if (!told) return null;
  const [, kind = "", encoded = "", fragment = ""] = told;
  let rest: string;
  try {
    rest = decodeURIComponent(encoded);
  } catch {
    return null;
  }
  switch (kind) {
    case "file": {
      // A path leads nowhere outside the workspace.
      if (rest.startsWith("/") || rest.split("/").includes("..")) return null;
      const [, line, endLine] = LINES.exec(fragment) ?? [];
      return { kind, path: rest, line: Number(line ?? 1), endLine: endLine ? Number(endLine) : null };
    }
    case "run":
      return { kind, run: rest };
    case "experiment":
      return { kind, experiment: rest };
    case "commit":
      return /^[0-9a-f]{4,40}$/.test(rest) ? { kind, commit: rest } : null;
    default: {
      const cut = rest.lastIndexOf("/");
      return cut < 1 ? null : { kind: "finding", run: rest.slice(0, cut), rule: rest.slice(cut + 1) };
    }
  }
}
