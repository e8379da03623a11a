/** What the flows share: steps that are told, pictures in three themes, and an accessibility check of every panel. */
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { openBrowser, startWorkbench, Window } from "./workbench.mjs";

const here = path.resolve(import.meta.dirname, "..");
const axe = readFileSync(path.resolve(here, "../panels/node_modules/axe-core/axe.min.js"), "utf8");

export const vsix = path.join(here, "intern.vsix");

/** By the name in a picture's file: the theme's label, and the class that the workbench gets. */
const THEMES = {
  dark: ["Dark Modern", "vs-dark"],
  light: ["Light Modern", "vs"],
  contrast: ["Dark High Contrast", "hc-black"],
};

/** Small enough for a repository, large enough to be read. */
const PICTURE = { width: 1120, height: 700 };
const WINDOW = { width: 1360, height: 860 };

export class Scene {
  /** The window in use. */
  window = null;
  /** Steps that did not come about. */
  failed = 0;

  constructor(browser, keep) {
    this.browser = browser;
    this.scratch = path.join(here, ".tools", "pictures");
    /** Where the pictures of the documentation go; a run without --pictures leaves the committed ones alone. */
    this.docs = keep ? path.resolve(here, "../../docs/images") : this.scratch;
    this.walkthrough = keep ? path.join(here, "media", "walkthrough") : this.scratch;
    this.began = Date.now();
    for (const folder of [this.scratch, this.docs, this.walkthrough]) mkdirSync(folder, { recursive: true });
  }

  static async open(keep) {
    return new Scene(await openBrowser(), keep);
  }

  /** A workbench with a window on this workspace, for as long as `deed` takes. */
  async visit(workspace, options, deed) {
    const failed = this.failed;
    let workbench = null;
    try {
      workbench = await startWorkbench(workspace, { vsix, ...options });
      this.window = await Window.open(this.browser, workbench.url);
      await deed(workspace);
      await this.window.page.close();
    } finally {
      await workbench?.stop();
      workspace.remove();
    }
    return this.failed === failed;
  }

  /** Each step stands on the one before, so none is tried after a failure. */
  async step(sentence, deed) {
    if (this.failed) return;
    try {
      await deed();
      console.log(`ok   ${sentence} (${((Date.now() - this.began) / 1000).toFixed(1)} s)`);
    } catch (error) {
      this.failed += 1;
      console.log(`FAIL ${sentence}\n${error.stack}`);
      const picture = path.join(this.scratch, "vscode-failed.png");
      await this.window?.page.screenshot({ path: picture, timeout: 5000 }).catch(() => console.log("(no picture: the page does not answer)"));
    }
  }

  /** One picture for the documentation. */
  async picture(name) {
    await this.photograph(path.join(this.docs, `vscode-${name}.png`));
  }

  /** A picture of the walkthrough, cut to a part of the window. */
  async excerpt(name, selector) {
    await this.photograph(path.join(this.walkthrough, `${name}.png`), selector);
  }

  async theme(name) {
    const [label, base] = THEMES[name];
    await this.window.command("Preferences: Color Theme");
    // Through the palette: without native watchers a changed settings file is not noticed.
    await this.window.page.locator(".quick-input-widget .quick-input-box input").fill(label);
    await this.window.pick(label);
    await this.window.page.locator(`.monaco-workbench.${base}`).first().waitFor();
  }

  /**
   * Each view in each theme: shown, checked, photographed.
   *
   * @param views by name: brings the view into sight; returns the frame of its panel, or nothing when
   *   the view is the editor's own, whose accessibility is not ours to check.
   */
  async gallery(views) {
    for (const theme of ["light", "contrast", "dark"]) {
      await this.theme(theme);
      for (const [name, show] of Object.entries(views)) {
        const frame = await show();
        if (frame) await this.accessible(frame, `${name} in ${theme}`);
        await this.picture(`${name}-${theme}`);
      }
    }
  }

  /** No serious finding of axe in a panel's page, the colours of the theme included. */
  async accessible(frame, what) {
    await frame.evaluate(axe);
    const { violations } = await frame.evaluate(() =>
      window.axe.run(document, {
        preload: false,
        resultTypes: ["violations"],
        // A panel is a part of the editor's page, not a page of its own.
        rules: { "page-has-heading-one": { enabled: false }, region: { enabled: false } },
      }),
    );
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    if (serious.length === 0) return;
    const told = serious.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.flat().join(" ")}: ${failureSummary.split("\n")[1]?.trim()}`),
    );
    throw new Error(`axe on ${what}:\n${told.join("\n")}`);
  }

  async photograph(file, selector) {
    const { page } = this.window;
    await page.setViewportSize(PICTURE);
    await page.mouse.move(PICTURE.width / 2, 3);
    await page.waitForTimeout(500); // hovers fade, charts are drawn for the new size
    const place = selector ? page.locator(selector).first() : page;
    await place.screenshot({ path: file });
    await page.setViewportSize(WINDOW);
  }
}
