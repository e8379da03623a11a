/** What the charts need of a browser and happy-dom lacks; they are drawn in the browser check. */
class NeverSeen {
  observe(): void {
    // nothing comes into sight here
  }
  unobserve(): void {
    // nothing was watched
  }
  disconnect(): void {
    // nothing was watched
  }
}

Object.assign(globalThis, { IntersectionObserver: NeverSeen, ResizeObserver: NeverSeen });
