import type { Folded } from "../folded.js";
import type { Host } from "../host.js";
import type { Run } from "../protocol.js";
import { fileName } from "./chart.js";
import { curve } from "./curve.js";
import { toCsv } from "./export.js";
import { type Look, pointsOf } from "./points.js";
import { runTitle } from "./view.js";

/** Rows of an exported file: beyond, the points are thinned, and the file's name says so. */
const ROWS = 500_000;

/** Every point of a metric as a file, not only those that are drawn. */
export async function saveCsv(host: Host, metric: string, runs: readonly Run[], folded: Folded, look: Look): Promise<void> {
  const maxPoints = Math.floor(ROWS / runs.length);
  const answers = await Promise.all(
    runs.map((run) => host.request("intern/run/series", { run: run.id, metrics: [metric], maxPoints, ...look })),
  );
  const curves = answers.flatMap(({ series }, index) => {
    const run = runs[index];
    return run
      ? series.map((told) => ({ run: runTitle(folded, run), colour: "", dash: [], curve: curve(pointsOf(told), look.axis, NaN) }))
      : [];
  });
  const end = curves.some(({ curve: { thinned } }) => thinned) ? "thinned.csv" : "csv";
  const content = new Blob([toCsv(metric, curves)], { type: "text/csv" });
  host.saveFile({ name: fileName(metric, end), type: "text/csv", content });
}
