import DOMPurify from "dompurify";
import { html, type TemplateResult } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import MarkdownIt from "markdown-it";

const WEB = /^https?:/i;
const reader = new MarkdownIt({ html: false, linkify: false, breaks: false });
// An image would fetch from the network as soon as it is shown.
reader.disable("image");
// Editors run `command:` links; only web pages are opened from agent text.
reader.validateLink = (url) => WEB.test(url);

const ALLOWED = [
  "p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "a",
  "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
];

/** Markdown of the agent as safe HTML: no raw HTML, no images, no scripts, no styles. */
export function safeHtml(text: string): string {
  return DOMPurify.sanitize(reader.render(text), {
    ALLOWED_TAGS: ALLOWED,
    ALLOWED_ATTR: ["href", "title"],
    ALLOWED_URI_REGEXP: WEB,
  });
}

export function markdown(text: string): TemplateResult {
  return html`${unsafeHTML(safeHtml(text))}`;
}
