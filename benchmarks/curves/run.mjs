/**
 * The same hand on three dashboards: first paint, a zoom, a drag and a hover over the same curves.
 *
 *     node benchmarks/curves/run.mjs --data FOLDER [--series 20] [--points 1000000] [--rounds 5]
 *                                    [--out FILE] [--only TOOL] [--smoke]
 *
 * FOLDER is filled by `stores.py`. `--only Trackio` measures one tool again and keeps what FILE says of
 * the others. Each round opens a new browser profile: nothing is cached. All servers run and were visited
 * once before. Times are taken from the frames that the browser made; frames per second are the page's
 * animation frames while the pointer moves without a pause.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { versionOf } from "./bridge.mjs";
import { DASHBOARDS } from "./dashboards.mjs";
import { moments, Recording, Rest } from "./watching.mjs";

const { chromium } = createRequire(new URL("../../extensions/panels/package.json", import.meta.url))("playwright-core");

const { values: wish } = parseArgs({
  options: {
    data: { type: "string" },
    series: { type: "string", default: "20" },
    points: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "5" },
    out: { type: "string" },
    only: { type: "string" },
    smoke: { type: "boolean", default: false },
  },
});
const [series, points, rounds] = wish.smoke ? [2, 100_000, 1] : [wish.series, wish.points, wish.rounds].map(Number);
const MOVING = wish.smoke ? 1000 : 3000;
/** Milliseconds after which a page that still works is judged as it stands. */
const PATIENCE = 180_000;

const bin = path.resolve(import.meta.dirname, "../../.venv/bin");
const home = mkdtempSync(path.join(os.tmpdir(), "intern-bench-"));
const data = path.resolve(wish.data ?? path.join(home, "data"));
const runtime = path.join(home, "run");
mkdirSync(runtime, { mode: 0o700 });
const env = { ...process.env, HOME: home, XDG_RUNTIME_DIR: runtime };
const executablePath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find(existsSync);
if (!executablePath) throw new Error("No Chromium was found; name one in the variable CHROMIUM.");

execFileSync(path.join(bin, "python"), [path.join(import.meta.dirname, "stores.py"), data, "--series", series, "--points", points].map(String), {
  stdio: "inherit",
  env,
});

const results = {
  series,
  points,
  rounds,
  when: new Date().toISOString(),
  machine: { cpu: os.cpus()[0].model, cores: os.cpus().length, memoryGiB: Math.round(os.totalmem() / 2 ** 30), gpu: "none: the browser draws on the CPU" },
  versions: {},
  loadBefore: os.loadavg().map((load) => Number(load.toFixed(2))),
  tools: {},
};

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"], env });
results.versions = {
  Chromium: browser.version(),
  ...JSON.parse(
    execFileSync(path.join(bin, "python"), [
      "-c",
      "import json; from importlib.metadata import version; print(json.dumps({'Intern': version('intern-ide'), 'TensorBoard': version('tensorboard'), 'Trackio': version('trackio'), 'tsdownsample': version('tsdownsample')}))",
    ]).toString(),
  ),
  uPlot: versionOf("uplot"),
};
const analyst = await browser.newPage();

try {
  for (const tool of DASHBOARDS) {
    if (wish.only && tool.name !== wish.only) continue;
    const place = { bin, data, env, home, series };
    const server = await tool.start(place);
    try {
      const told = [];
      for (let round = 0; round <= rounds; round++) {
        const measured = await once(tool, server.url);
        if (!measured) {
          told.length = 0;
          break;
        }
        if (round > 0) told.push(measured); // the first visit fills the file cache
        console.log(tool.name, round > 0 ? `round ${round}` : "warm-up", JSON.stringify(measured));
      }
      results.tools[tool.name] = { shows: tool.points, drag: tool.drag, when: new Date().toISOString(), ...(told.length ? { median: medians(told), rounds: told } : { gaveUp: `no curve within ${PATIENCE / 1000} s` }) };
    } finally {
      await server.close();
      await tool.after?.(place);
    }
  }
} finally {
  await browser.close();
  rmSync(home, { recursive: true, force: true });
}
results.loadAfter = os.loadavg().map((load) => Number(load.toFixed(2)));
if (wish.only && wish.out && existsSync(wish.out)) {
  const before = JSON.parse(readFileSync(wish.out, "utf8"));
  results.tools = { ...before.tools, ...results.tools };
}
if (wish.out) writeFileSync(wish.out, `${JSON.stringify(results, null, 2)}\n`);
console.log(table());

/** One visit; null: the page showed no curve within the patience. */
async function once(tool, url) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  const page = await context.newPage();
  const rest = new Rest(page);
  try {
    let recording = await Recording.of(page);
    const begin = Date.now();
    await page.goto(url, { waitUntil: "commit" });
    const shown = await page.locator(tool.plot).first().waitFor({ state: "visible", timeout: PATIENCE }).then(() => true, () => false);
    if (!shown) return null;
    await rest.wait(recording, PATIENCE);
    const box = whole(await page.locator(tool.chart).first().boundingBox());
    const painted = await moments(analyst, await recording.end(), box);

    const plot = await page.locator(tool.plot).first().boundingBox();
    const at = (across, down) => [plot.x + across * plot.width, plot.y + down * plot.height];
    await page.mouse.move(...at(0.4, 0.1));
    await rest.wait({ frames: [] }, PATIENCE);
    await page.mouse.down();
    await page.mouse.move(...at(0.6, 0.9), { steps: 5 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    recording = await Recording.of(page);
    await new Promise((resolve) => setTimeout(resolve, 300)); // a frame of before
    const released = Date.now();
    await page.mouse.up();
    await rest.wait(recording, PATIENCE);
    const zoomed = await moments(analyst, await recording.end(), whole(await page.locator(tool.chart).first().boundingBox()));

    await page.keyboard.down("Shift");
    await page.mouse.move(...at(0.5, 0.5));
    await page.mouse.down();
    const dragging = await frames(page, (share) => at(0.5 + 0.3 * Math.sin(8 * share), 0.5));
    await page.mouse.up();
    await page.keyboard.up("Shift");
    const hovering = await frames(page, (share) => at(0.5 + 0.45 * Math.sin(8 * share), 0.5));
    return {
      firstPaintMs: Math.round(painted.settled - begin),
      // Trackio may zoom while the brush is being drawn, before the button is let go: then 0.
      zoomRespondsMs: zoomed.moved === null ? null : Math.max(0, Math.round(zoomed.moved - released)),
      zoomPaintedMs: Math.max(0, Math.round(zoomed.settled - released)),
      dragFps: dragging.fps,
      dragWorstFrameMs: dragging.worst,
      hoverFps: hovering.fps,
      loadAverage: Number(os.loadavg()[0].toFixed(2)),
    };
  } finally {
    await context.close();
  }
}

function whole({ x, y, width, height }) {
  return { x: Math.floor(x), y: Math.floor(y), width: Math.floor(width), height: Math.floor(height) };
}

/** Moves the pointer along a path and counts the page's animation frames meanwhile. */
async function frames(page, along) {
  await page.evaluate(() => {
    const count = { times: [], on: true };
    window.counted = count;
    const tick = (time) => {
      count.times.push(time);
      if (count.on) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  const begin = Date.now();
  while (Date.now() - begin < MOVING) await page.mouse.move(...along((Date.now() - begin) / MOVING));
  const times = await page.evaluate(() => {
    window.counted.on = false;
    return window.counted.times;
  });
  const gaps = times.slice(1).map((time, index) => time - times[index]);
  const seconds = (times.at(-1) - times[0]) / 1000;
  return { fps: Number((gaps.length / seconds).toFixed(1)), worst: Math.round(Math.max(...gaps)) };
}

function medians(told) {
  return Object.fromEntries(
    Object.keys(told[0]).map((name) => {
      const values = told.map((one) => one[name]).filter((one) => one !== null).sort((one, other) => one - other);
      return [name, values.length ? values[Math.floor(values.length / 2)] : null];
    }),
  );
}

function table() {
  const rows = Object.entries(results.tools).map(
    ([name, { median, gaveUp }]) =>
      gaveUp ? `| ${name} | ${gaveUp} | – | – | – | – | – |` : `| ${name} | ${median.firstPaintMs} | ${median.zoomRespondsMs ?? "–"} | ${median.zoomPaintedMs} | ${median.dragFps} | ${median.dragWorstFrameMs} | ${median.hoverFps} |`,
  );
  return [
    "| | first paint, ms | zoom answers, ms | zoom settled, ms | drag, frames/s | worst frame, ms | hover, frames/s |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}
