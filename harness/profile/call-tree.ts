import type { HeapProfiler, Profiler, Runtime } from 'node:inspector';

/** A function as it was called from one place: what it cost itself, and what it called. */
export interface CallNode {
  readonly frame: Runtime.CallFrame;
  /** Microseconds, or bytes. */
  readonly self: number;
  readonly children: readonly CallNode[];
}

/**
 * The call tree of a CPU profile, with the time that was spent in each node, in microseconds: a sample stands for the time
 * until the next one, as in DevTools.
 *
 * @throws when the profile has no nodes.
 */
export function cpuCallTree({ nodes, samples = [], timeDeltas = [], startTime, endTime }: Profiler.Profile): CallNode {
  const selfUs = new Map<number, number>();
  let atUs = startTime + (timeDeltas[0] ?? 0);
  for (const [index, id] of samples.entries()) {
    const nextUs = index + 1 < samples.length ? atUs + (timeDeltas[index + 1] ?? 0) : endTime;
    // Deltas may be negative: samples are not always delivered in their order.
    selfUs.set(id, (selfUs.get(id) ?? 0) + Math.max(0, nextUs - atUs));
    atUs = nextUs;
  }
  const [root] = nodes;
  if (root === undefined) throw new Error('a CPU profile without nodes');
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const build = ({ id, callFrame, children = [] }: Profiler.ProfileNode): CallNode => ({
    frame: callFrame,
    self: selfUs.get(id) ?? 0,
    children: children.flatMap((child) => byId.get(child) ?? []).map(build),
  });
  return build(root);
}

/** The call tree of a sampled heap profile, with the bytes that were allocated in each node. */
export function heapCallTree({ head }: HeapProfiler.SamplingHeapProfile): CallNode {
  const build = ({ callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode): CallNode => ({
    frame: callFrame,
    self: selfSize,
    children: children.map(build),
  });
  return build(head);
}
