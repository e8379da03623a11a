import type { Delta, Message } from "../protocol.js";

/** The messages that are being written, put together from their pieces. */
export class Streams {
  /** By message: what has been said so far. */
  private readonly said = new Map<string, string>();

  /** Take a piece in. One that does not meet what is there is left: the whole comes with its event. */
  take({ message, offset, text }: Delta): void {
    const said = this.said.get(message) ?? "";
    if (offset <= said.length) this.said.set(message, said.slice(0, offset) + text);
  }

  /** The message has ended: its text is in the event. */
  end(message: string): void {
    this.said.delete(message);
  }

  /** What the message says now. */
  text({ id, state, text }: Message): string {
    if (state !== "streaming") return text;
    const said = this.said.get(id) ?? "";
    if (said.length >= text.length) return said;
    this.said.set(id, text);
    return text;
  }
}
