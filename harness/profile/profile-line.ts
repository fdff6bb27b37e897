import type { HeapProfiler, Profiler } from 'node:inspector';

/**
 * What goes over the line between the harness and one thread of a profiled server, as JSON lines: the thread names itself,
 * is told to start and to stop, and answers the latter with what it has seen.
 */
export interface ThreadName {
  /** Known to nobody else on this machine. */
  readonly token: string;
  readonly pid: number;
  /** 0 is the process's main thread. */
  readonly threadId: number;
  /** Number in the cluster, from 1, as its main thread knows it; 0 in the primary, and in other threads. */
  readonly worker: number;
}

export type ProfileOrder = 'start' | 'stop';

export type V8Profile =
  /** The profile begins with the thread, and the window at `fromUs` on the same monotonic clock. */
  | { readonly kind: 'cpu'; readonly fromUs: number; readonly profile: Profiler.Profile }
  | { readonly kind: 'heap'; readonly profile: HeapProfiler.SamplingHeapProfile };
