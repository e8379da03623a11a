/** The command that opens the review, and its place in the main area. */
import type { ILayoutRestorer } from "@jupyterlab/application";
import { type ICommandPalette, MainAreaWidget, WidgetTracker } from "@jupyterlab/apputils";
import type { IEditorLanguageRegistry } from "@jupyterlab/codemirror";
import { icon } from "../icon";
import { CATEGORY, OPEN } from "../ids";
import type { Parts } from "../parts";
import { ReviewWidget } from "./widget";

export function addReview(
  parts: Parts,
  languages: IEditorLanguageRegistry,
  palette: ICommandPalette | null,
  restorer: ILayoutRestorer | null,
): void {
  const { app, trans } = parts;
  const tracker = new WidgetTracker<MainAreaWidget<ReviewWidget>>({ namespace: "intern-review" });
  app.commands.addCommand(OPEN.review, {
    label: trans.__("Review Changes"),
    icon: (args) => (args.isPalette ? undefined : icon),
    execute: async ({ commit, from, to }) => {
      let widget = tracker.find(() => true);
      if (!widget) {
        widget = new MainAreaWidget({ content: new ReviewWidget(parts, languages) });
        widget.id = "intern-main-review";
        widget.title.label = trans.__("Review");
        widget.title.icon = icon;
        app.shell.add(widget, "main", { mode: "tab-after" });
        void tracker.add(widget);
      }
      app.shell.activateById(widget.id);
      if (typeof commit === "string") await widget.content.showCommit(commit);
      if (typeof from === "string" && typeof to === "string") await widget.content.compare(from, to);
      return widget;
    },
  });
  void restorer?.restore(tracker, { command: OPEN.review, name: () => "review" });
  palette?.addItem({ command: OPEN.review, category: CATEGORY, args: { isPalette: true } });
}
