/**
 * The panels in a real browser: pictures of every state and theme, axe, and what only a browser can
 * do (canvas, drag, keys). `node tests/browser/check.mjs [folder for the pictures] [panel]`.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const pictures = process.argv[2] ?? "dist/pictures";
const only = process.argv[3];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const page0 = new URL("../../demo/index.html", import.meta.url).href;
const executablePath =
  process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find(existsSync);
if (!executablePath) throw new Error("No Chromium was found; name one in the variable CHROMIUM.");
mkdirSync(pictures, { recursive: true });

const views = [
  ...["light", "dark", "high-contrast"].flatMap((theme) =>
    [
      ["curves", "finished"],
      ["improve", "live"],
      ["improve", "finished"],
      ["diagnosis", "finished"],
      ["report", "finished"],
    ].map(([panel, scene]) => ({ panel, scene, theme })),
  ),
  ...["curves", "improve", "diagnosis", "report"].flatMap((panel) =>
    ["empty", "loading", "offline", "unreached", "rough"].map((scene) => ({ panel, scene, theme: "dark" })),
  ),
  { panel: "curves", scene: "refused", theme: "dark" },
  { panel: "curves", scene: "live", theme: "light" },
  { panel: "report", scene: "refused", theme: "dark" },
  { panel: "report", scene: "live", theme: "dark" },
  { panel: "improve", scene: "live", theme: "dark", width: 420 },
  { panel: "curves", scene: "live", theme: "dark", width: 420 },
].filter(({ panel }) => !only || panel === only);

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const failures = [];
const check = (right, what) => {
  if (!right) failures.push(what);
};

async function opened({ panel, scene, theme, width = 1240 }) {
  const page = await browser.newPage({ viewport: { width, height: 820 }, bypassCSP: false });
  page.on("pageerror", (error) => failures.push(`${panel} ${scene}: ${error.message}`));
  page.on("console", (line) => {
    if (line.type() === "error") failures.push(`${panel} ${scene}: ${line.text()}`);
  });
  await page.goto(`${page0}?panel=${panel}&theme=${theme}&scene=${scene}`);
  await page.waitForFunction((name) => document.querySelector(name)?.shadowRoot?.childElementCount > 0, `intern-${panel}`);
  await page.waitForTimeout(250);
  return page;
}

for (const view of views) {
  const page = await opened(view);
  const name = `${view.panel}-${view.scene}-${view.theme}${view.width ? `-${view.width}` : ""}`;
  await page.screenshot({ path: `${pictures}/${name}.png` });
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    window.axe.run(document, { preload: false, resultTypes: ["violations"], rules: { "page-has-heading-one": { enabled: false }, region: { enabled: false } } }),
  );
  for (const { id, impact, nodes } of found.violations) {
    const line = `${name}: axe ${impact} ${id}: ${nodes[0].target.flat().join(" ")} ${nodes[0].failureSummary.split("\n")[1] ?? ""}`;
    if (impact === "serious" || impact === "critical") failures.push(line);
    else console.log(line);
  }
  await page.close();
}

if (!only || only === "curves") await curves();
if (!only || only === "improve") await improve();
if (!only || only === "diagnosis") await diagnosis();
await browser.close();
console.log(`${views.length} views, pictures in ${pictures}`);
if (failures.length) {
  console.error(failures.join("\n"));
  process.exitCode = 1;
}

async function curves() {
  const page = await opened({ panel: "curves", scene: "rough", theme: "dark" });
  const asked = () => page.evaluate(() => window.host.asked);
  const chart = page.locator("intern-chart").first();
  const box = await chart.locator(".u-over").boundingBox();
  check((await chart.locator("canvas").count()) === 1, "a chart has one canvas");
  check(/not finite/.test(await chart.locator(".notes").innerText()), "NaN is counted below the chart");
  check(/points? outside/.test(await chart.locator(".notes").innerText()), "outliers are counted below the chart");

  await page.mouse.move(box.x + box.width / 2, box.y + 60);
  await chart.locator(".readout").waitFor();
  await page.screenshot({ path: `${pictures}/curves-hover.png` });

  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, box.y + 60, { steps: 4 });
  await page.mouse.up();
  const reset = page.getByRole("button", { name: "Reset zoom" });
  await reset.waitFor();
  await page.mouse.dblclick(box.x + 80, box.y + 40);
  await reset.waitFor({ state: "detached" });

  await chart.locator(".plot").focus();
  await page.keyboard.press("+");
  await reset.waitFor();
  await page.keyboard.press("ArrowRight");
  check((await chart.getByRole("status").count()) === 1, "the keyboard's read-out is announced");
  await page.keyboard.press("0");
  await reset.waitFor({ state: "detached" });

  const slider = page.getByRole("slider", { name: /Smoothing/ });
  await slider.fill("0.9");
  await page.getByRole("button", { name: "Turn off" }).waitFor();
  await page.screenshot({ path: `${pictures}/curves-smoothed.png` });
  await page.getByText("exp 8, seed 0", { exact: true }).first().waitFor({ state: "attached" });
  await page.getByRole("button", { name: "Pin baseline, seed 0 as baseline", exact: true }).click();
  for (const axis of ["wall", "relative"]) {
    await page.getByLabel("X-axis").selectOption(axis);
    await page.getByLabel("Log y").click();
    await chart.locator(".plot").hover();
    await chart.locator(".readout").waitFor();
    check(/to pinned/.test(await chart.locator(".readout").innerText()), "the read-out tells the delta to the pinned run");
    await page.screenshot({ path: `${pictures}/curves-${axis}.png` });
  }
  await page.getByLabel("X-axis").selectOption("step");
  await chart.hover();
  for (const kind of ["CSV", "PNG", "SVG"]) {
    await chart.getByRole("button", { name: `as ${kind}` }).click();
    await page.waitForFunction((end) => window.host.asked.some((deed) => deed.includes(`.${end} filled`)), kind.toLowerCase());
  }
  check(!(await asked()).some((deed) => deed.endsWith("empty")), "no export is empty");
  await chart.getByRole("button", { name: "Table" }).click();
  await chart.locator("table tbody tr").first().waitFor();
  check(/NaN/.test(await chart.locator("table").innerText()), "the table says NaN");
  await page.screenshot({ path: `${pictures}/curves-table.png` });
  await page.close();
}

async function improve() {
  const page = await opened({ panel: "improve", scene: "live", theme: "light", width: 900 });
  await page.getByText("batch size 32 -> 8", { exact: false }).first().focus();
  await page.locator("summary", { hasText: "batch size 32" }).press("Enter");
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("button", { name: "Go on" }).waitFor();
  await page.screenshot({ path: `${pictures}/improve-unfolded.png`, fullPage: true });
  await page.getByRole("button", { name: "Diff" }).click();
  check((await page.evaluate(() => window.host.asked.at(-1))).startsWith("diff "), "a node opens its diff");
  await page.close();
}

async function diagnosis() {
  const page = await opened({ panel: "diagnosis", scene: "rough", theme: "dark" });
  page.on("dialog", (dialog) => {
    failures.push("agent text ran as HTML");
    void dialog.dismiss();
  });
  await page.getByRole("combobox").selectOption("run-0001");
  for (const why of await page.getByText("Why do you think so").all()) await why.click();
  check((await page.locator("article img, article script, article a").count()) === 0, "agent text stays text");
  await page.screenshot({ path: `${pictures}/diagnosis-unfolded.png` });
  await page.close();
}
