import type { LitElement } from "lit";
import { RecordedHost, type Scene } from "../demo/recorded-host.js";

/** A panel with a host that plays the recording, drawn once. */
export async function opened(
  name: string,
  scene: Scene,
): Promise<{ panel: LitElement; host: RecordedHost }> {
  const host = new RecordedHost(scene, { kind: "dark", onChange: () => () => undefined });
  const panel = Object.assign(document.createElement(name), { host }) as unknown as LitElement;
  document.body.append(panel);
  await settled(panel);
  return { panel, host };
}

/** All answers have come and are drawn. */
export async function settled(panel: LitElement): Promise<void> {
  do await new Promise((resolve) => setTimeout(resolve));
  while (!(await panel.updateComplete));
}

/** What a person reads, nested elements of ours included. */
export function text(node: Element | ShadowRoot): string {
  const root = node instanceof Element ? (node.shadowRoot ?? node) : node;
  return [...root.childNodes]
    .map((child) => {
      if (child instanceof Element)
        return child.tagName === "STYLE" ? "" : ` ${text(child)} `;
      return child.nodeType === Node.TEXT_NODE ? (child.textContent ?? "") : "";
    })
    .join("")
    .replace(/\s+/g, " ")
    .trim();
}

export function button(panel: LitElement, words: string): HTMLButtonElement {
  const found = [...(panel.shadowRoot?.querySelectorAll("button") ?? [])].find(
    (one) => text(one) === words,
  );
  if (!found) throw new Error(`There is no button “${words}” in: ${text(panel)}`);
  return found;
}
