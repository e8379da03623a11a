import { describe, expect, test } from "vitest";
import { Heights, rowAt } from "../src/chat/heights.js";
import { concerns, key, PAGE, Pages } from "../src/chat/pages.js";
import { Streams } from "../src/chat/streams.js";
import type { Entry, Event, Message, Transcript } from "../src/protocol.js";

const MESSAGE: Message = {
  id: "s/1", conversation: "s", author: "agent", text: "", mentions: [], thread: null, answers: null,
  state: "streaming", reason: null, created: 0,
};

function stepEvent(number: number, seq = number): Event {
  const step = { session: "s", number, thought: "", code: "", observation: `${seq}`, error: null, seconds: 0 };
  return { seq, time: 0, body: { kind: "step", step } };
}

/** A daemon with so many steps; `asked` are the pages that were read. */
function daemon(steps: number): { entries: Entry[]; asked: string[]; read: (before: number | null, limit: number) => Promise<Transcript> } {
  const entries = Array.from({ length: steps }, (_, index): Entry => ({ position: index + 1, event: stepEvent(index + 1) }));
  const asked: string[] = [];
  const read = (before: number | null, limit: number): Promise<Transcript> => {
    asked.push(`${before ?? "newest"} ${limit}`);
    const all = entries.filter(({ position }) => before === null || position < before);
    return Promise.resolve({ entries: all.slice(-limit), earlier: all.length > limit, head: entries.length, plan: [] });
  };
  return { entries, asked, read };
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
}

describe("the pages of a transcript", () => {
  test("the newest page comes first, older ones when they are wanted", async () => {
    const { read, asked } = daemon(250);
    const pages = new Pages(read, () => undefined);
    await pages.tail();
    expect(pages.rows[0]?.position).toBe(151);
    pages.older();
    pages.older();
    await settled();
    expect(pages.rows).toHaveLength(200);
    pages.older();
    await settled();
    expect([pages.rows.length, pages.earlier]).toEqual([250, false]);
    pages.older();
    expect(asked).toEqual(["newest 100", "151 100", "51 100"]);
  });

  test("what is far from the screen is dropped, and read again when it comes near", async () => {
    const { read } = daemon(1000);
    const pages = new Pages(read, () => undefined);
    await pages.tail();
    while (pages.earlier) {
      pages.older();
      await settled();
    }
    pages.keep(0, 20);
    expect(pages.rows.filter(({ entry }) => entry).length).toBe(20 + 3 * PAGE + 1);
    expect(pages.rows).toHaveLength(1000);
    pages.want(980, 999);
    await settled();
    expect(pages.rows.slice(980).every(({ entry }) => entry)).toBe(true);
  });

  test("news of a known thing replaces it where it stands, an older copy does not", async () => {
    const { read, asked } = daemon(5);
    const pages = new Pages(read, () => undefined);
    await pages.tail();
    pages.take([stepEvent(2, 90), stepEvent(3, 1)]);
    expect(pages.rows.map(({ entry }) => entry?.event.seq)).toEqual([1, 90, 3, 4, 5]);
    expect(asked).toHaveLength(1);
  });

  test("what nobody knows is read from the daemon, as far back as is missing", async () => {
    const { entries, read } = daemon(120);
    const pages = new Pages(read, () => undefined);
    await pages.tail();
    for (let number = 121; number <= 300; number += 1) entries.push({ position: number, event: stepEvent(number) });
    pages.take([stepEvent(300)]);
    await settled();
    expect(pages.rows.map(({ position }) => position)).toEqual(Array.from({ length: 280 }, (_, index) => index + 21));
  });

  test("a page that can't be read is told once, and asked again only on demand", async () => {
    let refusals = 0;
    const { read } = daemon(300);
    const pages = new Pages((before, limit) => {
      if (before === null) return read(before, limit);
      refusals += 1;
      return Promise.reject(new Error("The log can't be read."));
    }, () => undefined);
    await pages.tail();
    pages.older();
    await settled();
    pages.older();
    await settled();
    expect([pages.failed, refusals]).toEqual(["The log can't be read.", 1]);
    await pages.tail();
    expect(pages.failed).toBeNull();
  });
});

describe("what belongs to a conversation", () => {
  const conversation = { id: "s", session: "s" };

  test("its messages do, those of comment threads do not", () => {
    expect(concerns({ kind: "message", message: MESSAGE }, conversation)).toBe(true);
    expect(concerns({ kind: "message", message: { ...MESSAGE, thread: "thread-1" } }, conversation)).toBe(false);
    expect(concerns({ kind: "message", message: { ...MESSAGE, conversation: "chat-1" } }, conversation)).toBe(false);
  });

  test("nothing of a session belongs to a conversation about none", () => {
    const note = { kind: "note", session: null, experiment: null, level: "info", text: "" } as const;
    expect(concerns(stepEvent(1).body, { id: "chat-1", session: null })).toBe(false);
    expect(concerns(note, { id: "chat-1", session: null })).toBe(false);
  });

  test("a step is known by session and number", () => {
    expect(key(stepEvent(3, 8))).toBe(key(stepEvent(3, 12)));
  });
});

describe("a message that is being written", () => {
  test("is put together from its pieces, one that comes twice counts once", () => {
    const streams = new Streams();
    const piece = (offset: number, text: string): void => {
      streams.take({ conversation: "s", message: "s/1", offset, text });
    };
    piece(0, "The loss");
    piece(8, " fell");
    piece(8, " fell");
    expect(streams.text(MESSAGE)).toBe("The loss fell");
    piece(99, "too far");
    expect(streams.text(MESSAGE)).toBe("The loss fell");
    expect(streams.text({ ...MESSAGE, state: "done", text: "The loss fell." })).toBe("The loss fell.");
  });

  test("goes on from what was stored when the pieces before were missed", () => {
    const streams = new Streams();
    streams.take({ conversation: "s", message: "s/1", offset: 8, text: " fell" });
    expect(streams.text({ ...MESSAGE, text: "The loss" })).toBe("The loss");
    streams.take({ conversation: "s", message: "s/1", offset: 8, text: " fell" });
    expect(streams.text({ ...MESSAGE, text: "The loss" })).toBe("The loss fell");
  });
});

describe("heights", () => {
  const rows = [1, 2, 3].map((position) => ({ position, key: "step", entry: null }));

  test("a measured row moves those below it", () => {
    const heights = new Heights();
    const [, , before] = heights.tops(rows);
    expect(heights.measured(1, 100)).toBe(true);
    expect(heights.measured(1, 100)).toBe(false);
    expect((heights.tops(rows)[2] ?? 0) - (before ?? 0)).toBe(100 - heights.of({ ...rows[1], position: 9, key: "step", entry: null }));
  });

  test("the row at a height is the one that covers it", () => {
    expect([-5, 0, 9, 10, 25, 99].map((y) => rowAt([0, 10, 20, 30], y))).toEqual([0, 0, 0, 1, 2, 2]);
    expect(rowAt([0], 5)).toBe(0);
  });
});
