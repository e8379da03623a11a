/** The curves panel under a person's hands: mouse, keys, exports, and what stands on the canvas. */

export async function curves({ opened, check, pictures }) {
  await hands({ opened, check, pictures });
  await colours({ opened, check });
  await comparison({ opened, check, pictures });
}

const asked = (page) => page.evaluate(() => window.host.asked);

async function hands({ opened, check, pictures }) {
  const page = await opened({ panel: "curves", scene: "rough", theme: "dark" });
  const chart = page.locator("intern-chart").first();
  const box = await chart.locator(".u-over").boundingBox();
  const notes = chart.locator(".notes");
  check((await chart.locator("canvas").count()) === 1, "a chart has one canvas");
  check(/not finite/.test(await notes.innerText()), "NaN is counted below the chart");
  check(/at least \d+ points? outside/.test(await notes.innerText()), "outliers are counted below the chart");
  await chart.getByRole("button", { name: "show" }).click();
  check(/All points shown/.test(await notes.innerText()), "what was clipped can be shown");
  await chart.getByRole("button", { name: "clip" }).click();

  await page.mouse.move(box.x + box.width / 2, box.y + 60);
  await chart.locator(".readout").waitFor();
  await page.screenshot({ path: `${pictures}/curves-hover.png` });

  const span = () => chart.evaluate((element) => [...element.span]);
  const whole = await span();
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, box.y + 60, { steps: 4 });
  await page.mouse.up();
  const reset = page.getByRole("button", { name: "Reset zoom" });
  await reset.waitFor();
  const zoomed = await span();
  check(zoomed[0] > whole[0] && zoomed[1] < whole[1], "a brush zooms in");
  // The picture sharpens when the points of the stretch have come.
  await page.waitForFunction(() => {
    const chart = document.querySelector("intern-curves").shadowRoot.querySelector("intern-chart");
    return chart.lines.some(({ run, curve }) => run === "run-9001" && !curve.thinned && curve.xs[0] > 100);
  });

  await page.keyboard.down("Shift");
  await page.mouse.move(box.x + 200, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + 100, box.y + 60, { steps: 4 });
  await page.mouse.up();
  await page.keyboard.up("Shift");
  const panned = await span();
  check(panned[0] > zoomed[0], "a drag with Shift pans");
  check(Math.abs(panned[1] - panned[0] - (zoomed[1] - zoomed[0])) < 1, "panning keeps the width");
  await page.mouse.dblclick(box.x + 80, box.y + 40);
  await reset.waitFor({ state: "detached" });
  check(String(await span()) === String(whole), "a double click shows the whole");

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
  await page.waitForFunction(() => {
    const chart = document.querySelector("intern-curves").shadowRoot.querySelector("intern-chart");
    return chart.lines.every(({ curve }) => curve.smoothed !== curve.raw);
  });
  await page.screenshot({ path: `${pictures}/curves-smoothed.png` });
  await page.getByRole("button", { name: "Pin baseline, seed 0 as baseline", exact: true }).click();
  for (const axis of ["wall", "relative", "tokens"]) {
    await page.getByLabel("X-axis").selectOption(axis);
    await page.getByLabel("Log y").click();
    if (axis !== "wall") await page.getByLabel("Log x").click();
    else check(await page.getByLabel("Log x").isDisabled(), "a time of day has no logarithm");
    await page.waitForFunction(() => {
      const chart = document.querySelector("intern-curves").shadowRoot.querySelector("intern-chart");
      return chart.lines.length === 6;
    });
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
  check(!(await asked(page)).some((deed) => deed.endsWith("empty")), "no export is empty");
  await chart.getByRole("button", { name: "Table" }).click();
  await chart.locator("table tbody tr").first().waitFor();
  check(/NaN/.test(await chart.locator("table").innerText()), "the table says NaN");
  await page.screenshot({ path: `${pictures}/curves-table.png` });

  await page.getByRole("searchbox", { name: /Search metrics/ }).fill("^grad|rewards/.*mean$");
  await page.waitForFunction(() => document.querySelector("intern-curves").shadowRoot.querySelectorAll("intern-chart").length === 2);
  await page.close();
}

/** Each shown run has its colour of the list on the canvas, unless the note says what hides it. */
async function colours({ opened, check }) {
  for (const theme of ["light", "dark", "high-contrast"]) {
    const page = await opened({ panel: "curves", scene: "finished", theme });
    const told = await page.evaluate(() => {
      const root = document.querySelector("intern-curves").shadowRoot;
      const chart = root.querySelector("intern-chart");
      const canvas = chart.shadowRoot.querySelector("canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const near = ([red, green, blue]) => {
        let count = 0;
        for (let at = 0; at < data.length; at += 4)
          if (data[at + 3] > 200 && Math.abs(data[at] - red) + Math.abs(data[at + 1] - green) + Math.abs(data[at + 2] - blue) < 24) count++;
        return count;
      };
      const rows = [...root.querySelector("intern-run-list").shadowRoot.querySelectorAll(".run")].filter((row) => row.querySelector("input").checked);
      return rows.map((row) => {
        const colour = getComputedStyle(row.querySelector("svg")).color;
        const name = row.querySelector("label .hidden").textContent;
        const line = chart.lines.find(({ run }) => run === row.querySelector("input").id);
        return { name, colour, drawn: line.colour, pixels: near(colour.match(/[\d.]+/g).map(Number)) };
      });
    });
    check(told.length === 6, `six runs are shown at first, in ${theme}`);
    for (const { name, colour, drawn, pixels } of told) {
      check(colour === drawn, `${name} is drawn in ${drawn}, but the list says ${colour}, in ${theme}`);
      check(pixels > 20, `the colour of ${name} is on the canvas, in ${theme}: ${pixels} pixels`);
    }
    await page.close();
  }
}

async function comparison({ opened, check, pictures }) {
  for (const theme of ["light", "dark", "high-contrast"]) {
    const page = await opened({ panel: "curves", scene: "finished", theme });
    await page.getByRole("button", { name: "Compare" }).click();
    const table = page.getByRole("region", { name: "Comparison of the shown runs" });
    await table.getByRole("row", { name: /learning_rate/ }).waitFor();
    await page.screenshot({ path: `${pictures}/curves-compared-${theme}.png` });
    if (theme === "dark") {
      await table.getByRole("row", { name: /learning_rate/ }).getByRole("button").first().click();
      check((await asked(page)).at(-1).startsWith("open train.py:"), "a value leads to its line");
      await table.getByRole("button", { name: /beside/ }).first().click();
      check(/^compare [0-9a-f]{40} [0-9a-f]{40}$/.test((await asked(page)).at(-1)), "two commits can be seen side by side");
    }
    await page.close();
  }
}
