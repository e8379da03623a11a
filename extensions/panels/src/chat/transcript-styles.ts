import { css } from "lit";

/** Turns of a conversation, wherever they stand. */
export const messageStyles = css`
  .when {
    flex: none;
    font-size: 0.92em;
  }
  pre {
    margin: 0;
    padding: 6px 8px;
    background: var(--intern-raised);
    border: 1px solid var(--intern-border);
    border-radius: 3px;
    max-height: 24em;
    overflow: auto;
    font-size: 0.95em;
  }
  .message button.link {
    padding: 0;
  }
  .message {
    display: grid;
    gap: 4px;
    padding: 8px 0;
    min-width: 0;
  }
  .message.person {
    margin: 6px -8px;
    padding: 6px 8px;
    background: var(--intern-raised);
    border: 1px solid var(--intern-border);
    border-radius: 4px;
  }
  .message header {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 8px;
    align-items: baseline;
  }
  .tools {
    margin-left: auto;
    display: flex;
    gap: 8px;
    font-size: 0.92em;
  }
  .typed {
    white-space: pre-wrap;
  }
  .markdown {
    display: grid;
    gap: 6px;
    min-width: 0;
  }
  .markdown > div {
    min-width: 0;
    overflow-x: auto;
  }
  .markdown ul,
  .markdown ol {
    margin: 0;
    padding-left: 1.5em;
  }
  .markdown a {
    color: var(--intern-link);
  }
  .markdown code {
    font-size: 0.95em;
  }
  .markdown blockquote {
    margin: 0;
    padding-left: 10px;
    border-left: 3px solid var(--intern-border);
  }
  .markdown table {
    border-collapse: collapse;
  }
  .markdown th,
  .markdown td {
    border: 1px solid var(--intern-border);
    padding: 2px 8px;
    text-align: left;
    overflow-wrap: normal;
  }
  .caret {
    display: inline-block;
    width: 0.5em;
    height: 1em;
    vertical-align: text-bottom;
    background: var(--intern-muted);
  }
  @media (prefers-reduced-motion: no-preference) {
    .caret {
      animation: writing 1s steps(2, jump-none) infinite;
    }
  }
  @keyframes writing {
    to {
      opacity: 0;
    }
  }
`;

/** The transcript's rows: messages, steps and one-line happenings. */
export const transcriptStyles = css`
  :host {
    position: relative;
    min-height: 0;
    overflow: hidden;
    display: grid;
    grid-template-rows: minmax(0, 1fr);
  }
  .scroller {
    overflow-y: auto;
    overflow-x: hidden;
    overflow-anchor: none;
    height: 100%;
    outline-offset: -2px;
  }
  .earlier {
    padding: 6px 16px;
    text-align: center;
  }
  .rows {
    position: relative;
    overflow: hidden;
  }
  .drawn {
    position: absolute;
    inset: 0 0 auto;
  }
  .row {
    padding: 0 16px;
    overflow: hidden;
    overflow-wrap: anywhere;
  }
  .line {
    display: flex;
    gap: 6px;
    align-items: baseline;
    padding: 2px 0;
  }
  .line > span:not(.glyph, .when) {
    flex: 1;
    min-width: 0;
  }
  .rule {
    border-top: 1px solid var(--intern-border);
    margin-top: 6px;
    padding-top: 6px;
  }
  .line button.link {
    padding: 0;
  }
  .glyph {
    flex: none;
    width: 1em;
    text-align: center;
  }
  button.fold {
    display: flex;
    gap: 6px;
    align-items: baseline;
    width: 100%;
    padding: 2px 0;
    color: inherit;
  }
  button.fold:hover {
    background: var(--intern-hover);
    text-decoration: none;
  }
  button.fold:focus-visible {
    outline-offset: -2px;
  }
  .call {
    flex: 1;
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .unfolded {
    display: grid;
    gap: 6px;
    padding: 2px 0 8px 20px;
  }
  .unfolded pre {
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  .unseen {
    position: absolute;
    bottom: 10px;
    left: 50%;
    translate: -50% 0;
    border-radius: 12px;
  }
`;
