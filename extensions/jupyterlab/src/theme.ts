/** Which of JupyterLab's themes is on, for canvases that must be drawn again when it changes. */
import type { IThemeManager } from "@jupyterlab/apputils";
import type { Theme, ThemeKind } from "../../panels/src/host";

export function theme(manager: IThemeManager | null): Theme {
  return {
    get kind(): ThemeKind {
      const name = manager?.theme ?? "";
      const light = name === "" || manager?.isLight(name) === true;
      if (/high.?contrast/i.test(name)) return light ? "high-contrast-light" : "high-contrast";
      return light ? "light" : "dark";
    },
    onChange(listener) {
      const changed = (): void => {
        listener();
      };
      manager?.themeChanged.connect(changed);
      return () => {
        manager?.themeChanged.disconnect(changed);
      };
    },
  };
}
