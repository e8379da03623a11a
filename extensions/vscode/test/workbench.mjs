/** A code-server with a profile of its own, and what a person does in its window. */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { chromium as playwright } from "playwright-core";
import { chromium, codeServer, node } from "./tools.mjs";
import { python } from "./workspace.mjs";

const LOAD = 60_000;

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Start code-server on a workspace. `trusted`: whether it asks. `password`: without one, everybody on this machine may come in. */
export async function startWorkbench(workspace, options) {
  const { vsix, settings = {}, trusted = true, pythonPath = python, password = null, args = [], env = {} } = options;
  const profile = path.join(workspace.folder, `profile-${Math.random().toString(36).slice(2)}`);
  const [user, machine, extensions] = ["ud/User", "ud/Machine", "ext"].map((name) => path.join(profile, name));
  for (const folder of [user, machine, extensions]) mkdirSync(folder, { recursive: true });
  const config = path.join(profile, "config.yaml");
  writeFileSync(config, "");
  const userSettings = {
    "workbench.startupEditor": "none",
    "telemetry.telemetryLevel": "off",
    "workbench.colorTheme": "Default Dark Modern",
    "extensions.autoUpdate": false,
    "extensions.autoCheckUpdates": false,
    "chat.disableAIFeatures": true,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "files.autoSave": "off",
    "editor.minimap.enabled": false,
    "editor.stickyScroll.enabled": false,
    ...settings,
  };
  writeFileSync(path.join(user, "settings.json"), JSON.stringify(userSettings));
  // Settings of scope machine-overridable are read from here only.
  writeFileSync(path.join(machine, "settings.json"), JSON.stringify({ "intern.pythonPath": pythonPath }));
  // An empty gallery: nothing is looked up outside.
  const environment = { ...workspace.env, ...env, EXTENSIONS_GALLERY: "{}", ...(password === null ? {} : { PASSWORD: password }) };
  const common = ["--config", config, "--user-data-dir", path.join(profile, "ud"), "--extensions-dir", extensions];
  if (vsix) execFileSync(node, [codeServer, ...common, "--install-extension", vsix], { env: environment, stdio: "ignore" });
  const port = await freePort();
  const log = openSync(path.join(profile, "server.log"), "w");
  const quiet = ["--auth", password === null ? "none" : "password", "--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"];
  const trust = trusted ? ["--disable-workspace-trust"] : [];
  const address = ["--bind-addr", `127.0.0.1:${port}`];
  const server = spawn(node, [codeServer, ...common, ...address, ...quiet, ...trust, ...args, workspace.root], {
    env: environment,
    stdio: ["ignore", log, log],
    detached: true,
  });
  const exited = new Promise((resolve) => server.once("exit", (code, signal) => resolve(code ?? signal)));
  const base = `http://127.0.0.1:${port}`;
  for (let attempt = 0; ; attempt++) {
    if (await fetch(`${base}/healthz`).then((answer) => answer.ok, () => false)) break;
    if (attempt > 150 || server.exitCode !== null) throw new Error(`code-server did not start:\n${readFileSync(path.join(profile, "server.log"))}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return {
    base,
    url: `${base}/?folder=${encodeURIComponent(workspace.root)}`,
    profile,
    /** Its exit code or signal. */
    exited,
    async stop() {
      const end = (signal) => {
        try {
          process.kill(-server.pid, signal);
        } catch {
          // it has ended, and all that it started
        }
      };
      end("SIGTERM");
      const patience = setTimeout(end, 10_000, "SIGKILL");
      await exited;
      clearTimeout(patience);
    },
  };
}

export function openBrowser() {
  const quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  // A container's /dev/shm may be so small that a page crashes for want of it.
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", ...quiet];
  return playwright.launch({ executablePath: chromium, headless: true, args });
}

/** One window, with the gestures of a person. */
export class Window {
  constructor(page) {
    this.page = page;
  }

  static async open(browser, url) {
    const page = await browser.newPage({ viewport: { width: 1360, height: 860 } });
    page.setDefaultTimeout(45_000);
    await page.goto(url);
    await page.locator(".monaco-workbench .part.statusbar").waitFor({ timeout: LOAD });
    return new Window(page);
  }

  /** Run a command by its title in the palette. */
  async command(title) {
    const input = this.page.locator(".quick-input-widget .quick-input-box input");
    for (let attempt = 1; ; attempt++) {
      try {
        await this.page.keyboard.press("F1");
        await input.fill(`>${title}`, { timeout: 3000 });
        await this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first().click({ timeout: 10_000 });
        return;
      } catch (error) {
        if (attempt === 4) throw error;
        await this.page.keyboard.press("Escape"); // the palette of the command before was still closing
      }
    }
  }

  async pick(label) {
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: label }).first().click();
  }

  status() {
    return this.page.locator(".statusbar-item", { hasText: /Intern/ }).first();
  }

  async statusSays(pattern, timeout = LOAD) {
    await this.page.locator(".statusbar-item", { hasText: pattern }).first().waitFor({ timeout });
  }

  toast(pattern) {
    return this.page.locator(".notification-toast", { hasText: pattern }).first();
  }

  async dialog(button) {
    await this.page.locator(".monaco-dialog-box").getByRole("button", { name: button }).click();
  }

  row(pattern) {
    return this.page.locator(".pane-body .monaco-list-row", { hasText: pattern }).first();
  }

  /** Choose from a context menu. The workbench drops a click that follows the opening too closely. */
  async choose(row, entry) {
    await row.click({ button: "right" });
    const item = this.page.locator(".monaco-menu .action-item", { hasText: entry }).first();
    const closed = () => item.waitFor({ state: "hidden", timeout: 2000 }).then(() => true, () => false);
    do await item.click();
    while (!(await closed()));
  }

  /** The innermost frame of the webview in which `selector` is drawn; pierces shadow roots. */
  async frame(selector, timeout = 45_000) {
    for (const end = Date.now() + timeout; Date.now() < end; ) {
      for (const frame of this.page.frames()) {
        const found = await frame.locator(selector).count().catch(() => 0); // a frame may go away meanwhile
        if (found > 0) return frame;
      }
      await this.page.waitForTimeout(100);
    }
    throw new Error(`No webview shows ${selector}: ${this.page.frames().map((frame) => frame.url().slice(0, 80)).join("\n")}`);
  }

  async dismissToasts() {
    await this.command("Notifications: Clear All Notifications");
  }

  /** Bring a place of the side bar to the front. */
  async openSideBar(name) {
    const item = this.page.locator(".activitybar .action-item", { has: this.page.locator(`[aria-label^="${name}"]`) }).first();
    if (!/checked/.test((await item.getAttribute("class")) ?? "")) await item.click();
  }

  /** Drag the border between side bar and editors to `x`. */
  async widenSideBar(x) {
    const { width, x: left, y, height } = await this.page.locator(".part.sidebar").boundingBox();
    await this.page.mouse.move(left + width, y + height / 2);
    await this.page.mouse.down();
    await this.page.mouse.move(x, y + height / 2, { steps: 5 });
    await this.page.mouse.up();
  }

  /** Open a file by its name, and put the cursor into it. */
  async openFile(name) {
    await this.page.keyboard.press("Control+P");
    await this.page.locator(".quick-input-widget .quick-input-box input").fill(name);
    await this.pick(name);
    await this.page.locator(".tab.active", { hasText: name }).first().waitFor();
    // The Source Control view has an editor of its own, for messages.
    await this.page.locator(".part.editor .monaco-editor .view-line").first().click();
  }

  /** Page down in the editor until something stands in it: the editor draws only what is in sight. */
  async scrollTo(place) {
    for (let page = 0; page < 8; page++) {
      if (await place.isVisible()) return place.scrollIntoViewIfNeeded();
      await place.waitFor({ timeout: 2500 }).catch(() => this.page.keyboard.press("PageDown"));
    }
    await place.waitFor();
  }

  /** Unfold a row of a tree. */
  async unfold(row) {
    if ((await row.getAttribute("aria-expanded")) !== "false") return;
    await row.click();
    await this.page.keyboard.press("ArrowRight");
  }
}
