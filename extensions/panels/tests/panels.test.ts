import { afterEach, describe, expect, test } from "vitest";
import "../src/index.js";
import { button, opened, settled, text } from "./scene.js";

const PANELS = ["intern-curves", "intern-improve", "intern-diagnosis", "intern-report"];

afterEach(() => {
  document.body.replaceChildren();
});

describe.each(PANELS)("%s", (name) => {
  test("says that it is reading before the first events come", async () => {
    const { panel } = await opened(name, "loading");
    expect(text(panel)).toBe("Reading the workspace…");
  });

  test("says what is missing in an empty workspace", async () => {
    const { panel } = await opened(name, "empty");
    expect(text(panel)).toMatch(/yet/);
  });

  test("offers to connect again when the daemon was never reached", async () => {
    const { panel, host } = await opened(name, "unreached");
    button(panel, "Connect again").click();
    expect(host.asked).toEqual(["reconnect"]);
  });

  test("keeps what is known while offline, and says so", async () => {
    const { panel } = await opened(name, "offline");
    expect(text(panel)).toMatch(/^Offline\. .* Shown is what was known at/);
    expect(text(panel).length).toBeGreaterThan(300);
  });

  test("shows titles of the agent as text", async () => {
    const { panel } = await opened(name, "rough");
    const found: Element[] = [];
    const walk = (root: ParentNode): void => {
      for (const element of root.querySelectorAll("*")) {
        if (["IMG", "SCRIPT"].includes(element.tagName)) found.push(element);
        if (element.shadowRoot) walk(element.shadowRoot);
      }
    };
    if (panel.shadowRoot) walk(panel.shadowRoot);
    expect(found).toEqual([]);
  });
});

describe("the improvement", () => {
  test("tells score, noise and budget, and what is kept", async () => {
    const { panel } = await opened("intern-improve", "finished");
    expect(text(panel)).toMatch(/0\.24 → 0\.93 \(\+0\.70, noise 0\.03\)/);
    expect(text(panel)).toMatch(/47 of 60 runs/);
    expect(text(panel)).toMatch(/exp 8 epochs 1 -> 3 best/);
  });

  test("asks before it stops, and names the runs under way", async () => {
    const { panel, host } = await opened("intern-improve", "live");
    button(panel, "Stop").click();
    await settled(panel);
    expect(text(panel)).toMatch(/runs? under way: run-\d+/);
    button(panel, "Stop, let the runs finish").click();
    await settled(panel);
    expect(host.asked).toContain("intern/session/stop");
  });

  test("a node hands out the command that makes its score again", async () => {
    const { panel, host } = await opened("intern-improve", "finished");
    button(panel, "Copy command to reproduce").click();
    expect(host.asked.at(-1)).toMatch(/^copy intern run --commit [0-9a-f]{40} --seed 0 --evaluate$/);
  });
});

describe("the diagnosis", () => {
  test("leads to the responsible line", async () => {
    const { panel, host } = await opened("intern-diagnosis", "finished");
    button(panel, "train.py:22").click();
    expect(host.asked.at(-1)).toBe("open train.py:22");
  });
});

describe("the report", () => {
  test("tells the gain on the sealed test with its interval", async () => {
    const { panel } = await opened("intern-report", "finished");
    expect(text(panel)).toMatch(/\+0\.69 on the sealed test, 95 % interval \+0\.65 to \+0\.74/);
  });

  test("a refusal is shown in the daemon's words", async () => {
    const { panel } = await opened("intern-report", "refused");
    expect(text(panel)).toMatch(/can't be read; run `intern doctor`/);
  });
});

describe("the curves", () => {
  test("read each shown run once, and remember what the person chose", async () => {
    const { panel, host } = await opened("intern-curves", "finished");
    expect(host.asked).toEqual(Array.from({ length: 6 }, () => "intern/run/series"));
    const list = panel.shadowRoot?.querySelector("intern-run-list");
    list?.dispatchEvent(new CustomEvent("view", { detail: { shown: ["run-0002"], pinned: "run-0002" } }));
    await settled(panel);
    expect(host.restoreState("curves")).toMatchObject({ shown: ["run-0002"], pinned: "run-0002" });
    expect(host.asked).toHaveLength(7);
  });

  test("a series that can't be read is told, with a way to try again", async () => {
    const { panel } = await opened("intern-curves", "refused");
    expect(text(panel)).toMatch(/6 runs could not be read\./);
    expect(button(panel, "Try again")).toBeTruthy();
  });
});
