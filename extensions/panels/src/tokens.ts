import { css } from "lit";

/**
 * The one map from our names to the editors' theme variables. The last value of each chain serves a
 * page that is neither VS Code nor JupyterLab.
 */
export const tokens = css`
  :host {
    --intern-font: var(--vscode-font-family, var(--jp-ui-font-family, system-ui, sans-serif));
    --intern-font-size: var(--vscode-font-size, var(--jp-ui-font-size1, 13px));
    --intern-mono: var(--vscode-editor-font-family, var(--jp-code-font-family, monospace));
    --intern-background: var(
      --vscode-editor-background,
      var(--jp-layout-color1, light-dark(#ffffff, #1f1f1f))
    );
    --intern-raised: var(
      --vscode-editorWidget-background,
      var(--jp-layout-color2, light-dark(#f6f6f6, #2a2a2a))
    );
    --intern-foreground: var(
      --vscode-foreground,
      var(--jp-ui-font-color1, light-dark(#1f1f1f, #dddddd))
    );
    --intern-muted: var(
      --vscode-descriptionForeground,
      var(--jp-ui-font-color2, light-dark(#595959, #a6a6a6))
    );
    --intern-border: var(
      --vscode-contrastBorder,
      var(--vscode-widget-border, var(--jp-border-color1, light-dark(#d0d0d0, #454545)))
    );
    --intern-grid: var(
      --vscode-editorIndentGuide-background1,
      var(--jp-border-color2, light-dark(#e4e4e4, #383838))
    );
    --intern-hover: var(
      --vscode-list-hoverBackground,
      var(--jp-layout-color2, light-dark(#ececec, #333333))
    );
    --intern-focus: var(--vscode-focusBorder, var(--jp-brand-color1, light-dark(#0067c0, #4daafc)));
    --intern-link: var(
      --vscode-textLink-foreground,
      var(--jp-content-link-color, light-dark(#0067c0, #4daafc))
    );
    --intern-button: var(
      --vscode-button-background,
      var(--jp-brand-color1, light-dark(#0067c0, #0067c0))
    );
    --intern-button-text: var(
      --vscode-button-foreground,
      var(--jp-ui-inverse-font-color0, #ffffff)
    );
    --intern-button-border: var(
      --vscode-contrastBorder,
      var(--vscode-button-border, var(--intern-button))
    );
    --intern-quiet: var(--vscode-button-secondaryBackground, var(--jp-layout-color3, transparent));
    --intern-quiet-text: var(--vscode-button-secondaryForeground, var(--intern-foreground));
    --intern-input: var(--vscode-input-background, var(--jp-input-background, transparent));
    --intern-input-text: var(--vscode-input-foreground, var(--intern-foreground));
    --intern-input-border: var(
      --vscode-contrastBorder,
      var(--vscode-input-border, var(--jp-border-color0, light-dark(#8a8a8a, #6b6b6b)))
    );
    --intern-good: var(
      --vscode-gitDecoration-addedResourceForeground,
      var(--jp-success-color0, light-dark(#176f2c, #7ccf7c))
    );
    --intern-critical: var(
      --vscode-errorForeground,
      var(--jp-error-color0, light-dark(#a1260d, #f48771))
    );
    --intern-warning: var(
      --vscode-editorWarning-foreground,
      var(--jp-warn-color0, light-dark(#8a5a00, #d8a800))
    );
    --intern-info: var(
      --vscode-editorInfo-foreground,
      var(--jp-info-color0, light-dark(#0063b1, #59a4f9))
    );
    --intern-series-1: var(--vscode-charts-blue, var(--jp-info-color0, light-dark(#0063b1, #59a4f9)));
    --intern-series-2: var(
      --vscode-charts-orange,
      var(--jp-warn-color0, light-dark(#a04b00, #f0a050))
    );
    --intern-series-3: var(
      --vscode-charts-green,
      var(--jp-success-color0, light-dark(#176f2c, #7ccf7c))
    );
    --intern-series-4: var(
      --vscode-charts-purple,
      var(--jp-mirror-editor-keyword-color, light-dark(#652d90, #b180d7))
    );
    --intern-series-5: var(--vscode-charts-red, var(--jp-error-color0, light-dark(#a1260d, #f48771)));
    --intern-series-6: var(
      --vscode-terminal-ansiCyan,
      var(--jp-mirror-editor-builtin-color, light-dark(#006a75, #4ec9d4))
    );
    --intern-series-7: var(
      --vscode-terminal-ansiMagenta,
      var(--jp-mirror-editor-string-color, light-dark(#a0307c, #e58fc8))
    );
    --intern-series-8: var(
      --vscode-charts-yellow,
      var(--jp-mirror-editor-number-color, light-dark(#7a6a00, #d8c24a))
    );
    --intern-series-9: color-mix(in srgb, var(--intern-series-1) 55%, var(--intern-foreground));
    --intern-series-10: color-mix(in srgb, var(--intern-series-2) 55%, var(--intern-foreground));
    --intern-series-11: color-mix(in srgb, var(--intern-series-3) 55%, var(--intern-foreground));
    --intern-series-12: color-mix(in srgb, var(--intern-series-4) 55%, var(--intern-foreground));
    --intern-series-13: color-mix(in srgb, var(--intern-series-5) 55%, var(--intern-foreground));
    --intern-series-14: color-mix(in srgb, var(--intern-series-6) 55%, var(--intern-foreground));
    --intern-series-15: color-mix(in srgb, var(--intern-series-7) 55%, var(--intern-foreground));
    --intern-series-16: color-mix(in srgb, var(--intern-series-8) 55%, var(--intern-foreground));
    --intern-baseline: var(
      --vscode-charts-foreground,
      var(--jp-ui-font-color1, light-dark(#3b3b3b, #cccccc))
    );
    color-scheme: inherit;
  }
`;

/** Colours of experiments, `--intern-series-1` and on; the baseline has its own. */
export const SERIES_COLOURS = 16;

/** A theme variable as the browser computes it, fit for a canvas. */
export function resolved(element: Element, variable: string): string {
  const root = element.shadowRoot ?? element;
  const probe = element.ownerDocument.createElement("span");
  probe.style.color = `var(${variable})`;
  root.appendChild(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  // Mixed colours come in the newer notation, which programs that read an exported SVG may not know.
  const mixed = /^color\(srgb ([\d.e-]+) ([\d.e-]+) ([\d.e-]+)\)$/.exec(colour);
  return mixed ? `rgb(${mixed.slice(1).map((part) => Math.round(255 * Number(part))).join(", ")})` : colour;
}
