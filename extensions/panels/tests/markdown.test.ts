// @vitest-environment jsdom
// DOMPurify does not hold on happy-dom, whose parser differs from a browser's.
import { expect, test } from "vitest";
import { safeHtml } from "../src/markdown.js";

test.each([
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "[click](javascript:alert(1))",
  "[click](command:workbench.action.terminal.new)",
  "![pixel](https://example.org/seen.png)",
  "<svg/onload=alert(1)>",
  "<a href='vscode://x'>x</a>",
  "[click](&#106;avascript:alert(1))",
])("agent text never runs as HTML: %s", (told) => {
  const page = new DOMParser().parseFromString(safeHtml(told), "text/html");
  expect(page.querySelector("script, img, svg, iframe, style, object")).toBeNull();
  for (const element of page.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      expect(["href", "title"]).toContain(name);
      expect(value).toMatch(/^https?:/);
    }
  }
});

test("plain Markdown stays", () => {
  expect(safeHtml("**two** `words` [here](https://example.org)")).toBe(
    '<p><strong>two</strong> <code>words</code> <a href="https://example.org">here</a></p>\n',
  );
});
