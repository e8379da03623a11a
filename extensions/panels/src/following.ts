import type { Folded } from "./folded.js";
import type { Host } from "./host.js";
import { type Target, target } from "./links.js";

/** Shows in the editor what a link leads to. */
export function open(host: Host, folded: Folded, to: Target): void {
  switch (to.kind) {
    case "file": {
      const { path, line, endLine } = to;
      host.openFile({ path, line, column: 1, endLine, endColumn: null });
      return;
    }
    case "run":
      host.openCurves([to.run]);
      return;
    case "experiment": {
      const experiment = folded.experiments.get(to.experiment);
      if (experiment?.commit && experiment.number > 0) host.openDiff(experiment.commit);
      else host.openPanel("improve");
      return;
    }
    case "commit":
      host.openDiff(to.commit);
      return;
    case "finding":
      host.openPanel("diagnosis", to.run);
  }
}

/** A click on a link or a button in Markdown goes to the editor, never to the page itself. */
export function follow(host: Host | undefined, folded: Folded, event: Event): void {
  const [inmost] = event.composedPath();
  const pressed = inmost instanceof Element ? inmost.closest("a[href], button[data-to]") : null;
  if (!host || !pressed) return;
  const href = pressed.getAttribute("href");
  if (href !== null) {
    event.preventDefault();
    host.openLink(href);
    return;
  }
  const to = target(pressed.getAttribute("data-to") ?? "");
  if (to) open(host, folded, to);
}
