import { css } from "lit";

/** What uPlot's elements need, in the editor's colours; its own sheet has fixed ones. */
export const plotStyles = css`
  .u-wrap {
    position: relative;
    user-select: none;
  }
  .u-over,
  .u-under {
    position: absolute;
  }
  .u-wrap canvas {
    display: block;
    position: relative;
    width: 100%;
    height: 100%;
  }
  .u-select {
    position: absolute;
    pointer-events: none;
    background: var(--intern-focus);
    opacity: 0.25;
  }
  .u-cursor-x,
  .u-cursor-y,
  .u-cursor-pt {
    position: absolute;
    left: 0;
    top: 0;
    pointer-events: none;
    will-change: transform;
  }
  .u-cursor-x {
    height: 100%;
    border-right: 1px dashed var(--intern-muted);
  }
  .u-cursor-pt {
    border: 0 solid;
    border-radius: 50%;
    background-clip: padding-box !important;
  }
  .u-off {
    display: none;
  }
  .u-axis {
    position: absolute;
  }
`;
