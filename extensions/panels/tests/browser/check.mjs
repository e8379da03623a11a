/**
 * The panels in a real browser: pictures of every state and theme, axe, and what only a browser can
 * do (canvas, drag, keys). `node tests/browser/check.mjs [folder for the pictures] [panel]`; with
 * `--measure` nothing but the numbers of the longest chat: memory, and frames while it is scrolled.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { chat, long } from "./chat.mjs";
import { curves } from "./curves.mjs";

const measuring = process.argv.includes("--measure");
const [pictures = "dist/pictures", only] = process.argv.slice(2).filter((word) => !word.startsWith("--"));
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
  ...["light", "dark", "high-contrast", "high-contrast-light"].flatMap((theme) =>
    ["live", "finished"].map((scene) => ({ panel: "chat", scene, theme, width: 420 })),
  ),
  ...["empty", "loading", "offline", "unreached", "rough", "refused"].map((scene) => ({ panel: "chat", scene, theme: "dark", width: 320 })),
  { panel: "chat", scene: "live", theme: "light", width: 240 },
  { panel: "chat", scene: "finished", theme: "light" },
  { panel: "curves", scene: "refused", theme: "dark" },
  { panel: "curves", scene: "live", theme: "light" },
  { panel: "report", scene: "refused", theme: "dark" },
  { panel: "report", scene: "live", theme: "dark" },
  { panel: "improve", scene: "live", theme: "dark", width: 420 },
  { panel: "curves", scene: "live", theme: "dark", width: 420 },
].filter(({ panel }) => !measuring && (!only || panel === only));

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

const wanted = (panel) => !measuring && (!only || panel === only);
if (measuring) console.log(JSON.stringify(await long({ opened, check, pictures }), null, 2));
if (wanted("curves")) await curves({ opened, check, pictures });
if (wanted("improve")) await improve();
if (wanted("diagnosis")) await diagnosis();
if (wanted("chat")) await chat({ opened, check, pictures });
await browser.close();
console.log(`${views.length} views, pictures in ${pictures}`);
if (failures.length) {
  console.error(failures.join("\n"));
  process.exitCode = 1;
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
  await page.getByRole("button", { name: /^Try this/ }).first().click();
  await page.getByText("measures it like any other change").waitFor();
  check((await page.evaluate(() => window.host.asked.at(-1))) === "intern/experiment/try", "“Try this” asks for the experiment");
  await page.screenshot({ path: `${pictures}/diagnosis-unfolded.png` });
  await page.getByRole("button", { name: "Not a problem…" }).first().press("Enter");
  await page.keyboard.type("known, and meant so");
  await page.screenshot({ path: `${pictures}/diagnosis-not-a-problem.png` });
  await page.keyboard.press("Enter");
  await page.getByText("1 finding that you called no problem").click();
  await page.getByText("Not a problem: known, and meant so").waitFor();
  await page.screenshot({ path: `${pictures}/diagnosis-suppressed.png` });
  await page.getByRole("button", { name: "Take back" }).click();
  await page.getByText("that you called no problem").waitFor({ state: "detached" });
  await page.close();
}
