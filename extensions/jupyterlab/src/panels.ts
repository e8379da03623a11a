/** The shared panels as widgets of the main area, restored after a reload; the chat on the left bar. */
import type { ILayoutRestorer, JupyterFrontEnd } from "@jupyterlab/application";
import { MainAreaWidget, WidgetTracker } from "@jupyterlab/apputils";
import type { TranslationBundle } from "@jupyterlab/translation";
import { Widget } from "@lumino/widgets";
import "../../panels/src/index";
import type { Host, View } from "../../panels/src/host";
import { icon } from "./icon";
import { OPEN } from "./ids";

/** Panels that `extensions/panels/` brings; the review is JupyterLab's own. */
export type PanelName = Exclude<View, "review">;

type Element = HTMLElement & { host?: Host; show?(wanted: string | string[]): void };

/** A custom element of ours in a Lumino widget. */
export class PanelWidget extends Widget {
  private readonly element: Element;

  /** @param restored the element is put into the page when what it saved is known. */
  constructor(name: PanelName, title: string, host: Host, restored: Promise<void>) {
    super();
    this.id = `intern-${name}`;
    this.addClass("jp-Intern-panel");
    this.title.label = title;
    this.title.icon = icon;
    this.title.closable = true;
    this.element = document.createElement(`intern-${name}`);
    this.element.host = host;
    void restored.finally(() => {
      this.node.append(this.element);
    });
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", title);
  }

  reveal(wanted: string | string[]): void {
    this.element.show?.(wanted);
  }
}

export class Panels {
  private readonly trackers = new Map<PanelName, WidgetTracker<MainAreaWidget<PanelWidget>>>();
  private readonly chat: PanelWidget;
  readonly titles: Record<PanelName, string>;

  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly host: Host,
    private readonly restored: Promise<void>,
    restorer: ILayoutRestorer | null,
    trans: TranslationBundle,
  ) {
    this.titles = {
      improve: trans.__("Improve"),
      curves: trans.__("Curves"),
      diagnosis: trans.__("Diagnosis"),
      report: trans.__("Report"),
      chat: trans.__("Intern"),
    };
    for (const name of ["improve", "curves", "diagnosis", "report"] as const) {
      const tracker = new WidgetTracker<MainAreaWidget<PanelWidget>>({ namespace: `intern-${name}` });
      this.trackers.set(name, tracker);
      void restorer?.restore(tracker, { command: OPEN[name], name: () => name });
    }
    this.chat = new PanelWidget("chat", this.titles.chat, host, restored);
    this.chat.title.label = "";
    this.chat.title.caption = this.titles.chat;
    this.chat.title.closable = false;
    app.shell.add(this.chat, "left", { rank: 600 });
    restorer?.add(this.chat, "intern-chat");
  }

  /** Opens a panel or brings it to the front. Nothing steals focus but what the person asked for. */
  open(name: PanelName, wanted?: string | string[]): Widget {
    if (name === "chat") {
      this.app.shell.activateById(this.chat.id);
      return this.chat;
    }
    const tracker = this.trackers.get(name);
    let widget = tracker?.find(() => true);
    if (!widget) {
      const content = new PanelWidget(name, this.titles[name], this.host, this.restored);
      widget = new MainAreaWidget({ content });
      widget.id = `intern-main-${name}`;
      widget.title.label = this.titles[name];
      widget.title.icon = icon;
      this.app.shell.add(widget, "main", { mode: "tab-after" });
      void tracker?.add(widget);
    }
    this.app.shell.activateById(widget.id);
    if (wanted !== undefined && wanted.length > 0) widget.content.reveal(wanted);
    return widget;
  }
}
