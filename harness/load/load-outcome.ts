import type { BadItems } from '../history/evidence.ts';
import type { Ledger } from '../history/ledger.ts';
import type { Repeats } from '../history/repeats.ts';
import type { ArmLoad } from '../scenario/load-group.ts';

/** Everything the load process needs to know. */
export interface LoadOrder {
  readonly baseUrl: string;
  readonly runId: string;
  readonly queue: string;
  readonly load: ArmLoad;
  /**
   * Hard end: the load gives up this long after it should have been done, or, when it has a number of messages to send,
   * when nothing was answered for this long; open requests become indeterminate.
   */
  readonly graceMs: number;
  /** Decides which requests are repeated or have a bad item. */
  readonly seed: number;
  /** Whether repeats may take the other route: a server whose pool is unified has no push-legacy. */
  readonly hasBothRoutes: boolean;
  /** Go on although nobody listens: the server is expected to come back. */
  readonly persistent: boolean;
}

/** While the load runs, a few times a second. */
export interface LoadProgress {
  readonly phase: 'warm-up' | 'measure';
  readonly elapsedMs: number;
  readonly acknowledged: number;
  readonly errors: number;
  /** The measured window may begin or end now: whoever reads something at its two ends reads it at every mark. */
  readonly isWindowMark: boolean;
}

/**
 * Errors seen by the producers, by class: `http 500`, `item failed`, `socket ECONNRESET`, `socket closed`, `timeout`,
 * `connect ECONNREFUSED`, `unreadable reply`, `bad item accepted`. Those of items are counted per item, all others per request.
 */
export interface ErrorClass {
  readonly class: string;
  readonly count: number;
  readonly example: string;
}

/** What the load process hands back. */
export interface LoadOutcome {
  readonly ledger: Ledger;
  readonly repeats: Repeats;
  readonly badItems: BadItems;
  /**
   * The measured window on the ledger's clock, microseconds. What completed in it counts for throughput; for latency too in
   * a closed loop, and in an open loop what was intended in it, however late it completed.
   */
  readonly measuredFromUs: number;
  readonly measuredToUs: number;
  /** How much later the window began, because it was unsteady before, than was asked for; undefined where that is no reason. */
  readonly extendedMs?: number | undefined;
  readonly errors: readonly ErrorClass[];
  /** CPU time of the load process in the measured window, microseconds. */
  readonly cpuUs: number;
  /** Share of the measured window the load process's event loop was busy, 0…1. */
  readonly eventLoopUtilization: number;
  /**
   * How late an open loop saw that the requests of the measured window were due, free connection or not: a histogram as in
   * measure/latency.ts. Undefined in a closed loop.
   */
  readonly wakeLag?: string | undefined;
}
