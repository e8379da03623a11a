/** Groups that come first, in this order; the others follow by name. */
const FIRST = ["train", "eval", "rewards"];

/** `rewards/accuracies` is in `rewards`; the trainers' `eval_loss` in `eval`, the rest in `train`. */
export function groupOf(metric: string): string {
  const slash = metric.indexOf("/");
  if (slash > 0) return metric.slice(0, slash);
  return metric.startsWith("eval_") ? "eval" : "train";
}

/** Metrics by group, in the order of the groups, each sorted with the loss first. */
export function grouped(metrics: Iterable<string>): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const metric of metrics) {
    const group = groupOf(metric);
    groups.set(group, [...(groups.get(group) ?? []), metric]);
  }
  const rank = (name: string): number => {
    const place = FIRST.indexOf(name);
    return place < 0 ? FIRST.length : place;
  };
  const loss = (metric: string): number => (/(^|[/_])loss$/.test(metric) ? 0 : 1);
  return new Map(
    [...groups]
      .sort(([one], [other]) => rank(one) - rank(other) || one.localeCompare(other))
      .map(([group, names]) => [
        group,
        names.sort((one, other) => loss(one) - loss(other) || one.localeCompare(other)),
      ]),
  );
}

/** A search in the person's words: a regular expression, or plain text when it is none. */
export interface Search {
  matches(text: string): boolean;
  /** It could not be read as a regular expression. */
  broken: boolean;
}

export function search(words: string): Search {
  if (!words.trim()) return { matches: () => true, broken: false };
  try {
    const pattern = new RegExp(words, "i");
    return { matches: (text) => pattern.test(text), broken: false };
  } catch {
    const plain = words.toLowerCase();
    return { matches: (text) => text.toLowerCase().includes(plain), broken: true };
  }
}
