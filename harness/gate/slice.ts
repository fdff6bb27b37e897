import type { Side } from './slice-order.ts';

/** What was spent from one moment at which nothing was under way to another; undefined where it cannot be told. */
export interface Spent {
  readonly serverCpuUs: number | undefined;
  /** Part of it: of the main threads, which run the event loops. */
  readonly serverLoopCpuUs: number | undefined;
  readonly postgresCpuUs: number | undefined;
  readonly statements: number | undefined;
  readonly writeTransactions: number | undefined;
  readonly walBytes: number | undefined;
}

/** One side for a second or so: it alone was loaded, and the other stood idle. */
export interface Slice {
  readonly arm: string;
  readonly side: Side;
  readonly kind: 'push' | 'pop';
  /** Pushed and acknowledged, or popped and completed, in the window. */
  readonly messages: number;
  readonly windowUs: number;
  /** Of the process that makes the load, in the window. */
  readonly generatorCpuUs: number;
  readonly generatorEventLoop: number;
  /** From before the first request of the slice to after its last answer, which is a little more than the window. */
  readonly spent: Spent;
  /** The messages that this was spent on. */
  readonly spentMessages: number;
}
