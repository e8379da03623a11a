/** When a page looked as it does in the end: from the frames that the browser really made. */

/** Of the pixels of a chart so many may still differ: a blinking cursor, a compression artefact. */
const ALIKE = 0.005;
/** Milliseconds without a request and without a new frame of the chart after which it is finished. */
const QUIET = 2000;

/** Records the frames of a page with the moment at which each was made. */
export class Recording {
  frames = [];

  static async of(page) {
    const recording = new Recording();
    recording.session = await page.context().newCDPSession(page);
    recording.session.on("Page.screencastFrame", ({ data, metadata, sessionId }) => {
      recording.frames.push({ time: metadata.timestamp * 1000, data });
      recording.session.send("Page.screencastFrameAck", { sessionId }).catch(() => undefined);
    });
    const { width, height } = page.viewportSize();
    await recording.session.send("Page.startScreencast", { format: "jpeg", quality: 70, maxWidth: width, maxHeight: height });
    return recording;
  }

  async end() {
    await this.session.send("Page.stopScreencast");
    await this.session.detach();
    return this.frames;
  }
}

/** Waits until a page asks for nothing new and stands still. What it asks again and again is polling. */
export class Rest {
  pending = new Set();
  asked = new Set();
  last = Date.now();

  constructor(page) {
    page.on("request", (request) => {
      const question = `${request.method()} ${request.url()} ${request.postData()}`;
      if (this.asked.has(question)) return;
      this.asked.add(question);
      this.pending.add(request);
      this.last = Date.now();
    });
    for (const kind of ["requestfinished", "requestfailed"])
      page.on(kind, (request) => {
        if (this.pending.delete(request)) this.last = Date.now();
      });
  }

  async wait(recording, patience) {
    const end = Date.now() + patience;
    for (;;) {
      const since = Math.max(this.last, recording.frames.at(-1)?.time ?? 0);
      if (!this.pending.size && Date.now() - since > QUIET) return;
      if (Date.now() > end) return; // a page that never rests is judged by how it looks now
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/**
 * The first frame that differs from the first one, and the first from which on all look like the
 * last, within a part of the page; milliseconds since the epoch.
 *
 * @param analyst a page of its own, which decodes the frames.
 */
export async function moments(analyst, frames, box) {
  const found = await analyst.evaluate(
    async ({ pictures, box, alike }) => {
      const pixels = [];
      const canvas = new OffscreenCanvas(box.width, box.height);
      const pen = canvas.getContext("2d", { willReadFrequently: true });
      for (const picture of pictures) {
        const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
        const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
        pen.drawImage(bitmap, -box.x, -box.y);
        pixels.push(pen.getImageData(0, 0, box.width, box.height).data);
      }
      const apart = (one, other) => {
        let count = 0;
        for (let at = 0; at < one.length; at += 4) {
          const difference = Math.abs(one[at] - other[at]) + Math.abs(one[at + 1] - other[at + 1]) + Math.abs(one[at + 2] - other[at + 2]);
          if (difference > 60) count++;
        }
        return count / (one.length / 4);
      };
      const last = pixels.at(-1);
      let settled = pixels.length - 1;
      while (settled > 0 && apart(pixels[settled - 1], last) <= alike) settled--;
      const moved = pixels.findIndex((picture) => apart(picture, pixels[0]) > alike);
      return { settled, moved };
    },
    { pictures: frames.map(({ data }) => data), box, alike: ALIKE },
  );
  return { settled: frames[found.settled].time, moved: found.moved < 0 ? null : frames[found.moved].time };
}
