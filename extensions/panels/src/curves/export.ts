import type { Curve } from "./axes.js";
import { scaled } from "./scale.js";

/** One curve with what names it. */
export interface Named {
  run: string;
  /** Resolved colour. */
  colour: string;
  dash: readonly number[];
  curve: Curve;
}

/** A cell as RFC 4180 wants it; a leading `=` or `@` would run as a formula in spreadsheets. */
function cell(text: string): string {
  const harmless = /^[=+@\t\r]|^-(?![\d.I])/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Rows `run,step,time,value,smoothed`; times in UTC seconds. */
export function toCsv(metric: string, curves: readonly Named[]): string {
  const rows = ["run,metric,step,time,value,smoothed"];
  for (const { run, curve } of curves) {
    curve.raw.forEach((value, index) => {
      const smoothed = curve.smoothed === curve.raw ? "" : String(curve.smoothed[index]);
      rows.push(
        [
          cell(run),
          cell(metric),
          String(curve.steps[index]),
          Number.isFinite(curve.times[index]) ? String(curve.times[index]) : "",
          String(value),
          smoothed,
        ].join(","),
      );
    });
  }
  return rows.join("\r\n") + "\r\n";
}

export interface Frame {
  title: string;
  xLabel: string;
  x: [number, number];
  y: [number, number];
  logX: boolean;
  logY: boolean;
  foreground: string;
  background: string;
}

const WIDTH = 720;
const HEIGHT = 360;
const EDGE = { left: 64, right: 16, top: 36, bottom: 48 };

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** The chart as a picture of lines, legend below, fit for a paper. */
export function toSvg(frame: Frame, curves: readonly Named[]): string {
  const [x0, x1] = frame.x;
  const wide = WIDTH - EDGE.left - EDGE.right;
  const high = HEIGHT - EDGE.top - EDGE.bottom;
  const left = scaled(x0, x1, EDGE.left, EDGE.left + wide, frame.logX);
  const top = scaled(frame.y[0], frame.y[1], EDGE.top + high, EDGE.top, frame.logY);
  const lines = curves.map(({ colour, dash, curve, run }) => {
    let pen = "M";
    const path: string[] = [];
    curve.smoothed.forEach((value, index) => {
      const x = left(curve.xs[index] ?? NaN);
      const y = top(value);
      if (!Number.isFinite(x) || !Number.isFinite(y)) {
        pen = "M";
        return;
      }
      path.push(`${pen}${x.toFixed(1)} ${y.toFixed(1)}`);
      pen = "L";
    });
    const dashes = dash.length ? ` stroke-dasharray="${dash.join(" ")}"` : "";
    return `<path d="${path.join("")}" fill="none" stroke="${escaped(colour)}" stroke-width="1.5"${dashes} clip-path="url(#plot)"><title>${escaped(run)}</title></path>`;
  });
  const text = (x: number, y: number, words: string, anchor: string): string =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}">${escaped(words)}</text>`;
  const base = EDGE.top + high;
  const legend = curves.map(({ run, colour }, index) => {
    const y = HEIGHT + 16 * index;
    return `<rect x="${EDGE.left}" y="${y - 9}" width="14" height="4" fill="${escaped(colour)}"/>${text(EDGE.left + 20, y - 3, run, "start")}`;
  });
  const total = HEIGHT + 16 * curves.length;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${total}" width="${WIDTH}" height="${total}" font-family="sans-serif" font-size="12" fill="${escaped(frame.foreground)}">
<rect width="100%" height="100%" fill="${escaped(frame.background)}"/>
<clipPath id="plot"><rect x="${EDGE.left}" y="${EDGE.top}" width="${wide}" height="${high}"/></clipPath>
${text(WIDTH / 2, 22, frame.title, "middle")}
<path d="M${EDGE.left} ${EDGE.top}V${base}H${WIDTH - EDGE.right}" fill="none" stroke="${escaped(frame.foreground)}"/>
${text(EDGE.left - 6, EDGE.top + 10, String(Number(frame.y[1].toPrecision(4))), "end")}
${text(EDGE.left - 6, base, String(Number(frame.y[0].toPrecision(4))), "end")}
${text(EDGE.left, base + 16, String(Number(x0.toPrecision(6))), "start")}
${text(WIDTH - EDGE.right, base + 16, String(Number(x1.toPrecision(6))), "end")}
${text(EDGE.left + wide / 2, base + 16, frame.xLabel, "middle")}
${lines.join("\n")}
${legend.join("\n")}
</svg>
`;
}
