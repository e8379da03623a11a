import type { LitElement } from "lit";
import { afterEach, describe, expect, test } from "vitest";
import type { RecordedHost } from "../demo/recorded-host.js";
import "../src/index.js";
import type { Message } from "../src/protocol.js";
import { button, opened, settled, text } from "./scene.js";

afterEach(() => {
  document.body.replaceChildren();
});

function inside(panel: LitElement, name: string): LitElement {
  const found = panel.shadowRoot?.querySelector<LitElement>(name);
  if (!found) throw new Error(`There is no ${name} in: ${text(panel)}`);
  return found;
}

async function chat(scene: Parameters<typeof opened>[1]): Promise<{ panel: LitElement; host: RecordedHost }> {
  const { panel, host } = await opened("intern-chat", scene);
  await settled(panel);
  await settled(panel);
  return { panel, host };
}

async function write(panel: LitElement, words: string): Promise<HTMLTextAreaElement> {
  const composer = inside(panel, "intern-composer");
  const area = composer.shadowRoot?.querySelector("textarea");
  if (!area) throw new Error("There is nowhere to write.");
  area.value = words;
  area.setSelectionRange(words.length, words.length);
  area.dispatchEvent(new Event("input"));
  await settled(panel);
  await settled(composer);
  return area;
}

function press(area: HTMLElement, key: string, more: KeyboardEventInit = {}): void {
  area.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
}

describe("the chat", () => {
  test("says in an empty workspace what can be asked, and asks it", async () => {
    const { panel, host } = await chat("empty");
    expect(text(panel)).toMatch(/Ask what Intern knows of this workspace/);
    button(panel, "What would you try first?").click();
    await settled(panel);
    expect(host.asked).toContain("intern/chat/say");
  });

  test("says that it is reading before the first events come", async () => {
    const { panel } = await opened("intern-chat", "loading");
    expect(text(panel)).toBe("Reading the workspace…");
  });

  test("offers to connect again when the daemon was never reached", async () => {
    const { panel, host } = await opened("intern-chat", "unreached");
    button(panel, "Connect again").click();
    expect(host.asked).toEqual(["reconnect"]);
  });

  test("opens with the newest conversation at its end", async () => {
    const { panel } = await chat("finished");
    expect(text(inside(panel, "intern-transcript"))).toMatch(/Finished: dev exact_match 0\.24 → 0\.93/);
  });

  test("tells verdicts, runs and what the session did in one line each", async () => {
    const { panel } = await chat("finished");
    const told = text(inside(panel, "intern-transcript"));
    expect(told).toMatch(/Ran write_report\(/);
    expect(told).toMatch(/run-00\d\d exp \d+, seed \d succeeded ?, exact_match 0\.\d+/);
    expect(told).toMatch(/Allowed for this session : Train 2 candidates on this machine/);
  });

  test("keeps what is written offline, and sends nothing", async () => {
    const { panel, host } = await chat("offline");
    const area = inside(panel, "intern-composer").shadowRoot?.querySelector("textarea");
    expect(area?.disabled).toBe(true);
    expect(text(panel)).toMatch(/^Offline\./);
    expect(host.asked).not.toContain("intern/chat/say");
  });

  test("shows why a conversation can't be read, and tries again", async () => {
    const { panel, host } = await chat("refused");
    const transcript = inside(panel, "intern-transcript");
    expect(text(transcript)).toMatch(/can't be read\. The column store of run-0001/);
    const before = host.asked.filter((method) => method === "intern/chat/transcript").length;
    button(transcript, "Try again").click();
    await settled(transcript);
    expect(host.asked.filter((method) => method === "intern/chat/transcript")).toHaveLength(before + 1);
  });

  test("a conversation that is looked at counts as read", async () => {
    const { host } = await chat("finished");
    expect(host.asked.filter((method) => method === "intern/chat/read")).toHaveLength(1);
  });

  test("copies a message, and says the same again", async () => {
    const { panel, host } = await chat("finished");
    const transcript = inside(panel, "intern-transcript");
    button(transcript, "Copy").click();
    expect(host.asked.at(-1)).toBe("copy Why did you do that? @exp 8");
    button(transcript, "Retry").click();
    await settled(panel);
    expect(host.asked).toContain("intern/chat/say");
  });
});

describe("the composer", () => {
  test("Enter sends and leaves nothing written, Shift and Enter do not send", async () => {
    const { panel, host } = await chat("finished");
    const area = await write(panel, "what next");
    press(area, "Enter", { shiftKey: true });
    expect(host.asked).not.toContain("intern/chat/say");
    press(area, "Enter");
    await settled(panel);
    await settled(inside(panel, "intern-composer"));
    expect(host.asked).toContain("intern/chat/say");
    expect(area.value).toBe("");
  });

  test("Enter that ends the composition of a character does not send", async () => {
    const { panel, host } = await chat("finished");
    const area = await write(panel, "次");
    press(area, "Enter", { isComposing: true });
    await settled(panel);
    expect(host.asked).not.toContain("intern/chat/say");
  });

  test("the draft outlives a reload", async () => {
    const { panel, host } = await chat("finished");
    await write(panel, "half a thought");
    panel.remove();
    const again = Object.assign(document.createElement("intern-chat"), { host }) as unknown as LitElement;
    document.body.append(again);
    await settled(again);
    const composer = inside(again, "intern-composer");
    await settled(composer);
    expect(composer.shadowRoot?.querySelector("textarea")?.value).toBe("half a thought");
  });

  test("a command is chosen with the keys, and sent when it is written out", async () => {
    const { panel, host } = await chat("finished");
    const composer = inside(panel, "intern-composer");
    const area = await write(panel, "/");
    expect(text(composer)).toMatch(/\/help What can be asked.* \/why \[experiment\] Why a change/);
    press(area, "ArrowDown");
    press(area, "Tab");
    await settled(composer);
    expect(area.value).toBe("/why ");
    press(await write(panel, "/status"), "Enter");
    await settled(panel);
    expect(host.asked).toContain("intern/chat/say");
  });

  test("Escape closes the suggestions and keeps the words", async () => {
    const { panel } = await chat("finished");
    const composer = inside(panel, "intern-composer");
    const area = await write(panel, "see @run");
    expect(composer.shadowRoot?.querySelector("[role=listbox]")).not.toBeNull();
    press(area, "Escape");
    await settled(composer);
    expect(composer.shadowRoot?.querySelector("[role=listbox]")).toBeNull();
    expect(area.value).toBe("see @run");
  });
});

describe("an approval", () => {
  async function card(panel: LitElement): Promise<LitElement> {
    const found = inside(panel, "intern-approval");
    await settled(found);
    return found;
  }

  test.each(["intern-chat", "intern-improve"])("stands in %s with all that a yes would do", async (name) => {
    const { panel } = await opened(name, "live");
    await settled(panel);
    expect(text(await card(panel))).toMatch(
      /^Train 2 candidates on this machine python train\.py .* Where local Runs 4 runs Time about 3 min Price nothing Writes train\.py Because S16: .* Covers local runs of python train\.py , if you allow it for longer/,
    );
  });

  test("is gone once it is answered, and its answer stands in the transcript", async () => {
    const { panel } = await chat("live");
    button(await card(panel), "Allow once").click();
    await settled(panel);
    expect(panel.shadowRoot?.querySelector("intern-approval")).toBeNull();
    const transcript = inside(panel, "intern-transcript");
    await settled(transcript);
    expect(text(transcript)).toMatch(/Allowed once : Train 2 candidates/);
  });

  test("is denied with a reason", async () => {
    const { panel } = await chat("live");
    const asked = await card(panel);
    button(asked, "Deny…").click();
    await settled(asked);
    const reason = asked.shadowRoot?.querySelector("input");
    if (reason) reason.value = "not today";
    asked.shadowRoot?.querySelector("form")?.dispatchEvent(new Event("submit", { cancelable: true }));
    await settled(panel);
    const transcript = inside(panel, "intern-transcript");
    await settled(transcript);
    expect(text(transcript)).toMatch(/Denied : Train 2 candidates on this machine “not today”/);
  });

  test("is announced when it comes, and so is the end of an answer, but no piece of it", async () => {
    const { panel, host } = await chat("finished");
    const said = (): string => text(panel.shadowRoot?.querySelector("[aria-live]") ?? panel);
    await host.request("intern/approval/answer", { approval: "approval-1", answer: "deny" });
    await settled(panel);
    expect(said()).toBe("");
    await host.request("intern/chat/say", { conversation: "sft-tiny-1", text: "why" });
    await settled(panel);
    expect(said()).toBe("");
    await host.request("intern/chat/stop", { conversation: "sft-tiny-1" });
    await expect.poll(said).toBe("The answer was stopped.");
  });

  test("what is allowed for longer is listed, and can be taken back", async () => {
    const { panel, host } = await chat("finished");
    button(panel, "Permissions").click();
    await settled(panel);
    const list = inside(panel, "intern-permissions");
    await settled(list);
    expect(text(list)).toMatch(/local runs of python train\.py to measure the baseline always, since/);
    button(list, "Revoke").click();
    await settled(list);
    expect(host.asked).toContain("intern/permission/revoke");
    expect(text(list)).toMatch(/None\./);
  });
});

describe("a comment thread", () => {
  const thread = {
    id: "thread-1", session: "sft-tiny-1", path: "train.py", line: 22, endLine: 22, commit: "a1b2c3d",
    experiment: null, resolved: false, created: 0,
  };
  const message = (number: number, author: "person" | "agent", words: string): Message => ({
    id: `sft-tiny-1/${number}`, conversation: "sft-tiny-1", author, text: words, mentions: [], thread: thread.id,
    answers: null, state: "done", reason: null, created: 0,
  });

  /** A thread whose host answers a reply with what was said, or refuses it. */
  async function shown(refusal: string | null): Promise<LitElement> {
    const messages = [message(1, "person", "why 1e-3?"), message(2, "agent", "See [exp 1](intern:experiment/sft-tiny-1/1).")];
    const request = (_method: string, { text: words }: { text: string }): Promise<unknown> =>
      refusal === null
        ? Promise.resolve({ thread, messages: [...messages, message(3, "person", words)] })
        : Promise.reject(new Error(refusal));
    const element = Object.assign(document.createElement("intern-thread"), { host: { request }, thread, messages });
    document.body.append(element);
    await settled(element as unknown as LitElement);
    return element as unknown as LitElement;
  }

  async function reply(element: LitElement, words: string): Promise<HTMLTextAreaElement> {
    const area = element.shadowRoot?.querySelector("textarea");
    if (!area) throw new Error("There is nowhere to reply.");
    area.value = words;
    element.shadowRoot?.querySelector("form")?.dispatchEvent(new Event("submit", { cancelable: true }));
    await settled(element);
    return area;
  }

  test("shows question and answer, and takes a reply", async () => {
    const element = await shown(null);
    expect(text(element)).toMatch(/train\.py:22 Resolve You .* why 1e-3\? Intern .* See exp 1/);
    const area = await reply(element, "use 5e-4");
    expect(text(element)).toMatch(/use 5e-4/);
    expect(area.value).toBe("");
  });

  test("a refused reply stays written, with the reason", async () => {
    const element = await shown("The thread is resolved; reopen it first.");
    const area = await reply(element, "use 5e-4");
    expect(text(element)).toMatch(/Refused\. The thread is resolved; reopen it first\./);
    expect(area.value).toBe("use 5e-4");
  });
});
