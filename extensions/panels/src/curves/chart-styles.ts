import { css } from "lit";
import { LEFT, RIGHT } from "./plot.js";

/** Height of a chart's canvas in CSS pixels. */
export const HEIGHT = 200;

export const chartStyles = css`
  :host {
    border: 1px solid var(--intern-border);
    border-radius: 4px;
    min-width: 0;
    position: relative;
  }
  header {
    display: flex;
    align-items: baseline;
    gap: 8px;
    padding: 6px 12px 0;
  }
  h3 {
    overflow-wrap: anywhere;
    flex: 1;
  }
  .tools {
    display: flex;
    gap: 6px;
    flex: none;
    opacity: 0.001;
  }
  :host(:hover) .tools,
  :host(:focus-within) .tools {
    opacity: 1;
  }
  .tools button {
    min-height: 20px;
    font-size: 0.9em;
  }
  .plot {
    height: ${HEIGHT}px;
  }
  .strip {
    position: relative;
    margin: 0 ${RIGHT}px 4px ${LEFT}px;
  }
  .lane {
    position: relative;
    height: 14px;
  }
  .lane button {
    position: absolute;
    top: 2px;
    height: 10px;
    min-height: 0;
    min-width: 6px;
    padding: 0;
    border: none;
    border-radius: 2px;
    background: currentColor;
    opacity: 0.75;
  }
  .lane button:hover,
  .lane button:focus-visible {
    opacity: 1;
  }
  .lane .tick {
    width: 3px;
    min-width: 3px;
    top: 0;
    height: 12px;
    margin-left: -1px;
    border-radius: 1px;
    opacity: 1;
  }
  .notes {
    display: flex;
    flex-wrap: wrap;
    gap: 0 16px;
    padding: 0 12px 6px;
    min-height: 8px;
    font-size: 0.92em;
  }
  .readout {
    position: absolute;
    top: 32px;
    z-index: 2;
    pointer-events: none;
    background: var(--intern-raised);
    border: 1px solid var(--intern-border);
    border-radius: 3px;
    padding: 4px 8px;
    font-size: 0.92em;
    white-space: nowrap;
  }
  .readout td,
  .readout th {
    padding: 0 0 0 10px;
    text-align: right;
    font-weight: normal;
  }
  .readout td:first-child,
  .readout th:first-child {
    padding: 0;
    text-align: left;
  }
  .swatch {
    display: inline-block;
    width: 10px;
    height: 3px;
    margin-right: 6px;
    vertical-align: middle;
    background: currentColor;
  }
  .table {
    max-height: ${HEIGHT}px;
    overflow: auto;
    padding: 0 12px;
  }
`;
