// @vitest-environment jsdom
// DOMPurify does not hold on happy-dom, whose parser differs from a browser's.
import { describe, expect, test } from "vitest";
import { Growing, safeHtml } from "../src/markdown.js";

test.each([
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "[click](javascript:alert(1))",
  "[click](command:workbench.action.terminal.new)",
  "![pixel](https://example.org/seen.png)",
  "<svg/onload=alert(1)>",
  "<a href='vscode://x'>x</a>",
  "[click](&#106;avascript:alert(1))",
  "[click](intern:file/../../etc/passwd)",
  "[click](intern:shell/rm)",
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

test("a link to a thing of the workspace is a button that no browser follows", () => {
  expect(safeHtml("[`a` line](intern:file/train.py#L4) and [run 1](intern:run/run-1)")).toBe(
    '<p><button class="link" data-to="intern:file/train.py#L4"><code>a</code> line</button> and ' +
      '<button class="link" data-to="intern:run/run-1">run 1</button></p>\n',
  );
});

const LONG = `# Exp 8

It **tripled** the epochs, see [exp 6](intern:experiment/s/6).

- one

  with a paragraph
- two

| a | b |
| --- | --- |
| 1 | 2 |

\`\`\`python
x = 1

y = 2
\`\`\`
1. first
2. second

> quoted
over two lines

end\r\nof it`;

describe("a text that grows", () => {
  test.each([1, 7, 50])("reads as the whole when it came in pieces of %d", (size) => {
    const growing = new Growing();
    let blocks: readonly string[] = [];
    for (let end = size; end < LONG.length + size; end += size) blocks = growing.blocks(LONG.slice(0, end));
    expect(blocks.join("")).toBe(safeHtml(LONG));
  });

  test("leaves the blocks alone that are behind it", () => {
    const growing = new Growing();
    const before = growing.blocks("one\n\ntwo\n\nthree");
    const after = growing.blocks("one\n\ntwo\n\nthree and more");
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    expect(after).toHaveLength(3);
  });

  test("is read anew when it turns out to be another", () => {
    const growing = new Growing();
    growing.blocks("one\n\ntwo\n\nthree");
    expect(growing.blocks("else").join("")).toBe("<p>else</p>\n");
  });
});
