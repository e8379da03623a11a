import { css } from "lit";

/** Buttons, fields and text that look alike in every panel. */
export const controls = css`
  :host {
    display: block;
    color: var(--intern-foreground);
    background: var(--intern-background);
    font-family: var(--intern-font);
    font-size: var(--intern-font-size);
    line-height: 1.45;
  }
  * {
    box-sizing: border-box;
  }
  h1,
  h2,
  h3 {
    font-size: 1em;
    font-weight: 600;
    margin: 0;
  }
  p {
    margin: 0;
  }
  button,
  input,
  select {
    font: inherit;
    color: inherit;
  }
  button {
    background: var(--intern-quiet);
    color: var(--intern-quiet-text);
    border: 1px solid var(--intern-border);
    border-radius: 3px;
    padding: 2px 8px;
    min-height: 24px;
    cursor: pointer;
    white-space: nowrap;
  }
  button.primary {
    background: var(--intern-button);
    color: var(--intern-button-text);
    border-color: var(--intern-button-border);
  }
  button.link {
    background: none;
    border: none;
    padding: 0 2px;
    min-height: 0;
    line-height: inherit;
    color: var(--intern-link);
    text-align: left;
    white-space: normal;
  }
  button.link:hover {
    text-decoration: underline;
  }
  button[aria-pressed="true"] {
    border-color: var(--intern-focus);
    box-shadow: inset 0 0 0 1px var(--intern-focus);
  }
  button:disabled {
    opacity: 0.6;
    cursor: default;
  }
  input[type="search"],
  select {
    background: var(--intern-input);
    color: var(--intern-input-text);
    border: 1px solid var(--intern-input-border);
    border-radius: 3px;
    padding: 2px 6px;
    min-height: 24px;
    min-width: 0;
  }
  select option {
    background: var(--intern-background);
    color: var(--intern-foreground);
  }
  input[aria-invalid="true"] {
    border-color: var(--intern-critical);
  }
  input[type="range"],
  input[type="checkbox"],
  input[type="radio"] {
    accent-color: var(--intern-focus);
    margin: 0;
  }
  :focus-visible {
    outline: 2px solid var(--intern-focus);
    outline-offset: 1px;
  }
  code,
  pre,
  .mono {
    font-family: var(--intern-mono);
  }
  .muted {
    color: var(--intern-muted);
  }
  .good {
    color: var(--intern-good);
  }
  .critical {
    color: var(--intern-critical);
  }
  /* The editors' yellow is for lines under code: as text on white it is too faint. */
  .warning {
    color: color-mix(in srgb, var(--intern-warning) 60%, var(--intern-foreground));
  }
  .info {
    color: var(--intern-info);
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .numbers {
    font-variant-numeric: tabular-nums;
  }
  .banner {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 8px;
    align-items: center;
    padding: 4px 12px;
    background: var(--intern-raised);
    border-bottom: 1px solid var(--intern-border);
  }
  .banner p {
    flex: 1 1 14em;
  }
  .page {
    max-width: 44em;
    padding: 32px 16px;
    margin: 0 auto;
    display: grid;
    gap: 8px;
    justify-items: start;
    align-content: start;
  }
`;
