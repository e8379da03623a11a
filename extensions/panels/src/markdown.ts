import DOMPurify from "dompurify";
import { html, type TemplateResult } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import MarkdownIt from "markdown-it";
import { target } from "./links.js";

const WEB = /^https?:/i;
const reader = new MarkdownIt({ html: false, linkify: false, breaks: false });
// An image would fetch from the network as soon as it is shown.
reader.disable("image");
// Editors run `command:` links; from agent text only web pages and things of the workspace open.
reader.validateLink = (url) => WEB.test(url) || target(url) !== null;

// What leads to a thing of the workspace is a button: it has no address that the page could go to.
reader.renderer.rules.link_open = (tokens, index, options, _env, self) => {
  const token = tokens[index];
  const href = String(token?.attrGet("href") ?? "");
  if (!token || WEB.test(href)) return self.renderToken(tokens, index, options);
  return `<button class="link" data-to="${reader.utils.escapeHtml(href)}">`;
};
reader.renderer.rules.link_close = (tokens, index) => {
  let depth = 0;
  for (let before = index; before >= 0; before -= 1) {
    const token = tokens[before];
    if (token?.type === "link_close") depth += 1;
    if (token?.type !== "link_open") continue;
    depth -= 1;
    if (depth === 0) return WEB.test(String(token.attrGet("href") ?? "")) ? "</a>" : "</button>";
  }
  return "</a>";
};

const ALLOWED = [
  "p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "a", "button",
  "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
];

function sanitized(dirty: string): string {
  return DOMPurify.sanitize(dirty, {
    ALLOWED_TAGS: ALLOWED,
    ALLOWED_ATTR: ["href", "title", "class", "data-to"],
    ALLOW_DATA_ATTR: false,
    ADD_URI_SAFE_ATTR: ["data-to"], // no browser goes there; `target` reads it
    ALLOWED_URI_REGEXP: WEB,
  });
}

/** Markdown of the agent as safe HTML: no raw HTML, no images, no scripts, no styles. */
export function safeHtml(text: string): string {
  return sanitized(reader.render(text));
}

export function markdown(text: string): TemplateResult {
  return html`${unsafeHTML(safeHtml(text))}`;
}

/** Top-level blocks of a Markdown text, and where in the text the last of them begins. */
function blocks(text: string): { told: string[]; last: number } {
  const env = {};
  const tokens = reader.parse(text, env);
  const told: string[] = [];
  let line = 0;
  for (let from = 0, at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.level !== 0 || token.nesting === 1) continue;
    line = tokens[from]?.map?.[0] ?? line;
    const piece = tokens.slice(from, at + 1);
    told.push(sanitized(reader.renderer.render(piece, reader.options, env)));
    from = at + 1;
  }
  let last = 0;
  const ends = /\r\n|\r|\n/g;
  for (; line > 0 && ends.exec(text); line -= 1) last = ends.lastIndex;
  return { told, last };
}

/**
 * A Markdown text that grows at its end. Only its last block is read again for a new piece: the
 * blocks before it stay the same strings, so that the page leaves their elements alone.
 */
export class Growing {
  private text = "";
  private settled: string[] = [];
  /** Where the text begins that is not settled. */
  private from = 0;

  /** The blocks as safe HTML. A text that does not go on from the one before is read anew. */
  blocks(text: string): readonly string[] {
    if (!text.startsWith(this.text)) {
      this.settled = [];
      this.from = 0;
    }
    this.text = text;
    const { told, last } = blocks(text.slice(this.from));
    if (told.length > 1) {
      this.settled = [...this.settled, ...told.slice(0, -1)];
      this.from += last;
      return [...this.settled, told.at(-1) ?? ""];
    }
    return [...this.settled, ...told];
  }
}
