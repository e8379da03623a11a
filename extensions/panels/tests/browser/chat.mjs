/** The chat as a person uses it: keys, an answer that streams, an approval, a long transcript. */

const inTranscript = (deed, ...given) => `(${deed})(document.querySelector("intern-chat").shadowRoot.querySelector("intern-transcript"), ...${JSON.stringify(given)})`;

/** Pixels a frame: thirty screens a second. */
const FLING = 500;

export async function chat({ opened, check, pictures }) {
  await writing({ opened, check, pictures });
  await streaming({ opened, check, pictures });
  await approvals({ opened, check, pictures });
  await hostile({ opened, check });
  await long({ opened, check, pictures });
}

async function writing({ opened, check, pictures }) {
  const page = await opened({ panel: "chat", scene: "finished", theme: "dark", width: 420 });
  const asked = () => page.evaluate(() => window.host.asked);
  const box = page.getByRole("textbox", { name: "Message to Intern" });
  await box.focus();
  await page.keyboard.type("/w");
  await page.getByRole("option", { name: /\/why/ }).waitFor();
  await page.keyboard.press("Enter");
  check((await box.inputValue()) === "/why ", "Enter takes the command over");
  await page.getByText("Why a change was tried").waitFor();
  await page.keyboard.type("@exp");
  await page.getByRole("option", { name: /@exp 8/ }).waitFor();
  await page.screenshot({ path: `${pictures}/chat-mentions.png` });
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  check((await box.inputValue()) === "/why @exp 8 ", "Tab takes the mention over");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("more");
  check((await box.inputValue()) === "/why @exp 8 \nmore", "Shift and Enter begin a line");
  check(!(await asked()).includes("intern/chat/say"), "nothing was sent so far");
  const kept = await page.evaluate(() => window.host.restoreState("chat"));
  check(Object.values(kept.drafts)[0].text.endsWith("more"), "the draft is kept");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => window.host.asked.includes("intern/chat/say"));
  check((await box.inputValue()) === "", "what was sent is no longer written");

  await page.getByRole("button", { name: "Conversations" }).click();
  await page.getByRole("searchbox").fill("how long");
  check((await page.locator(".conversation").count()) === 1, "the search leaves what has the words");
  await page.screenshot({ path: `${pictures}/chat-conversations.png` });
  await page.getByRole("searchbox").fill("");
  await page.getByRole("button", { name: /Improve sft-tiny/ }).click();
  await page.getByRole("button", { name: "train.py:22" }).first().click();
  check((await asked()).includes("open train.py:22"), "a link to a line opens it");
  await page.getByRole("link", { name: "its own words" }).first().click();
  check((await asked()).includes("link https://example.org/playbook"), "a web link goes through the editor");
  await page.close();
}

async function streaming({ opened, check, pictures }) {
  const page = await opened({ panel: "chat", scene: "finished", theme: "dark", width: 420 });
  const box = page.getByRole("textbox", { name: "Message to Intern" });
  await box.fill("why");
  await page.keyboard.press("Enter");
  const answer = page.getByRole("article", { name: "Intern" }).last();
  await page.getByRole("button", { name: "Stop", exact: true }).waitFor();
  await answer.getByText("It stands on").waitFor();
  await page.evaluate(
    inTranscript((transcript) => {
      window.block = [...transcript.shadowRoot.querySelectorAll(".message.agent .markdown")].at(-1).firstElementChild.firstElementChild;
    }),
  );
  await page.screenshot({ path: `${pictures}/chat-streaming.png` });
  await answer.getByText("in its own words").waitFor();
  await page.getByRole("button", { name: "Send" }).waitFor();
  check(await page.evaluate(() => window.block.isConnected), "a block that is written stays the same element");
  const away = inTranscript((transcript) => {
    const scroller = transcript.shadowRoot.querySelector(".scroller");
    return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  });
  check((await page.evaluate(away)) < 2, "a reader at the end follows what is written");

  await page.locator(".scroller").hover();
  await page.mouse.wheel(0, -500);
  await page.waitForTimeout(300);
  const before = await page.evaluate(inTranscript((transcript) => transcript.shadowRoot.querySelector(".scroller").scrollTop));
  await box.fill("why");
  await page.evaluate(() => window.host.request("intern/chat/say", { conversation: "sft-tiny-1", text: "again", mentions: [] }));
  const more = page.getByRole("button", { name: "New messages" });
  await more.waitFor();
  const after = await page.evaluate(inTranscript((transcript) => transcript.shadowRoot.querySelector(".scroller").scrollTop));
  check(Math.abs(before - after) < 2, `a reader above the end stays: ${before} ${after}`);
  await page.screenshot({ path: `${pictures}/chat-new-messages.png` });
  await more.click();
  await more.waitFor({ state: "detached" });
  check((await page.evaluate(away)) < 2, "the button leads to the end");
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await page.getByText("Stopped: You stopped it.").waitFor();
  check((await box.inputValue()) === "why", "what is written outlives an answer");
  await page.close();
}

async function approvals({ opened, check, pictures }) {
  const page = await opened({ panel: "chat", scene: "live", theme: "light", width: 420 });
  const card = page.getByRole("group", { name: /^Approval/ });
  await card.getByRole("button", { name: "Deny…" }).press("Enter");
  await page.keyboard.type("not on this machine");
  await page.screenshot({ path: `${pictures}/chat-deny.png` });
  await page.keyboard.press("Escape");
  await card.getByRole("button", { name: "Allow once" }).waitFor();
  await card.getByRole("button", { name: "Always for local runs of python train.py" }).click();
  await card.waitFor({ state: "detached" });
  await page.getByText("Allowed always").waitFor();
  await page.getByRole("button", { name: "Permissions" }).click();
  await page.getByRole("button", { name: /^Revoke/ }).waitFor();
  await page.screenshot({ path: `${pictures}/chat-permissions.png` });
  await page.getByRole("button", { name: /^Revoke/ }).click();
  await page.getByText("What you allow for a session or always").waitFor();
  await page.getByText("Plan", { exact: true }).click();
  await page.getByRole("button", { name: "Stop session" }).click();
  await page.getByRole("button", { name: "Go on" }).waitFor();
  await page.screenshot({ path: `${pictures}/chat-stop.png` });
  check(await page.getByText("Warm-up 10 %").isVisible(), "the plan unfolds");
  await page.close();
}

async function hostile({ opened, check }) {
  const page = await opened({ panel: "chat", scene: "rough", theme: "dark", width: 320 });
  page.on("dialog", (dialog) => {
    check(false, "agent text ran as HTML");
    void dialog.dismiss();
  });
  const found = await page.evaluate(
    inTranscript((transcript) => {
      const rows = transcript.shadowRoot.querySelector(".rows");
      const links = [...rows.querySelectorAll("a")].map((link) => link.getAttribute("href"));
      return { bad: rows.querySelectorAll("img, script, iframe, svg, style").length, links, wide: rows.scrollWidth - rows.clientWidth };
    }),
  );
  check(found.bad === 0, "agent text stays text");
  check(found.links.every((href) => /^https:/.test(href)), `no link leads into the editor's commands: ${found.links}`);
  check(found.wide <= 0, "nothing is wider than the panel");
  await page.close();
}

/** Scrolls through 5,000 steps, forth and back; answers the numbers that `--measure` prints. */
export async function long({ opened, check, pictures }) {
  const page = await opened({ panel: "chat", scene: "long", theme: "dark", width: 420 });
  const client = await page.context().newCDPSession(page);
  await client.send("Performance.enable");
  const metrics = async () =>
    Object.fromEntries((await client.send("Performance.getMetrics")).metrics.map(({ name, value }) => [name, value]));
  const heap = async () => {
    await client.send("HeapProfiler.collectGarbage");
    return (await metrics()).JSHeapUsedSize / 2 ** 20;
  };
  /** Seconds that scripts, styles and layout took so far, painting left out. */
  const worked = async () => {
    const { ScriptDuration, RecalcStyleDuration, LayoutDuration } = await metrics();
    return ScriptDuration + RecalcStyleDuration + LayoutDuration;
  };
  const start = await heap();
  const kept = inTranscript((transcript) => ({
    rows: transcript.pages.rows.length,
    inMemory: transcript.pages.rows.filter(({ entry }) => entry).length,
    inPage: transcript.shadowRoot.querySelectorAll(".row").length,
    oldest: transcript.pages.rows[0].position,
  }));
  await page.evaluate(() => {
    window.frames_ = [];
    let last = performance.now();
    const tick = (now) => {
      window.frames_.push(now - last);
      last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  const frames = async () => {
    const told = (await page.evaluate(() => window.frames_.splice(0))).slice(2).sort((one, other) => one - other);
    const at = (share) => told[Math.min(told.length - 1, Math.floor(told.length * share))];
    return { frames: told.length, median: at(0.5), p95: at(0.95), worst: told.at(-1) };
  };
  await page.locator(".scroller").hover();
  await frames();
  const before = await worked();
  let told;
  for (let turn = 0; turn < 1200; turn += 1) {
    await page.mouse.wheel(0, -FLING);
    await page.waitForTimeout(16);
    if (turn % 10 === 0) {
      told = await page.evaluate(kept);
      if (told.oldest === 1) break;
    }
  }
  const up = await frames();
  const work = ((await worked()) - before) / up.frames;
  check(told.oldest === 1, "scrolling up reaches the first step");
  check(told.inMemory < 1500 && told.inPage < 200, `far entries are neither in the page nor in memory: ${JSON.stringify(told)}`);
  const reached = await heap();
  check(reached < 300, `the page stays under 300 MB: ${reached}`);

  await page.getByRole("button", { name: /^Ran / }).nth(8).click();
  await page.locator(".unfolded").first().waitFor();
  await page.getByRole("button", { name: "Open whole output" }).click();
  check((await page.evaluate(() => window.host.asked.at(-1))).startsWith("text Step"), "the whole output opens in the editor");
  await page.waitForTimeout(400);
  await page.screenshot({ path: `${pictures}/chat-long-unfolded.png` });

  const top = inTranscript((transcript) => {
    const scroller = transcript.shadowRoot.querySelector(".scroller");
    return [...transcript.shadowRoot.querySelectorAll(".row[data-position]")]
      .map((row) => ({ position: row.dataset.position, top: row.getBoundingClientRect().top - scroller.getBoundingClientRect().top }))
      .find((row) => row.top >= 0);
  });
  const seen = await page.evaluate(top);
  await page.evaluate(() => window.host.request("intern/chat/say", { conversation: "sft-tiny-1", text: "why", mentions: [] }));
  await page.waitForTimeout(400);
  const still = await page.evaluate(top);
  check(seen.position === still.position && Math.abs(seen.top - still.top) < 2, `the row at the top stays: ${JSON.stringify([seen, still])}`);

  await frames();
  for (let turn = 0; turn < 120; turn += 1) {
    await page.mouse.wheel(0, FLING);
    await page.waitForTimeout(16);
  }
  const down = await frames();
  const end = await heap();
  await page.close();
  return { heapMb: { start, reached, end }, milliseconds: { up, down, work: 1000 * work }, kept: told };
}
