import type { Experiment } from "../protocol.js";

/** An experiment with those that stand on it, in the order of their numbers. */
export interface Node {
  experiment: Experiment;
  children: Node[];
}

/** The experiments as a tree; one whose parent is unknown stands at the root. */
export function tree(experiments: readonly Experiment[]): Node[] {
  const nodes = new Map(
    [...experiments]
      .sort((one, other) => one.number - other.number)
      .map((experiment) => [experiment.id, { experiment, children: [] as Node[] }]),
  );
  const roots: Node[] = [];
  for (const node of nodes.values()) {
    const parent = node.experiment.parent;
    const above = parent === null ? undefined : nodes.get(parent);
    (above?.children ?? roots).push(node);
  }
  return roots;
}
