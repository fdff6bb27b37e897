import type { ErrorTrace } from '../history/error-trace.ts';
import type { BadItems } from '../history/evidence.ts';
import type { Ledger } from '../history/ledger.ts';
import type { Repeats } from '../history/repeats.ts';
import type { Span } from '../measure/spans.ts';
import type { Vitals } from '../measure/vitals.ts';
import type { ArmLoad } from '../scenario/arm-load.ts';

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
  /** Of a closed loop that takes turns with others: in how many of them it is measured. */
  readonly slices?: number | undefined;
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

/** What the load process reports: its progress, and how it is itself. */
export interface WatchedProgress extends LoadProgress {
  readonly vitals: Vitals;
}

/** All that the load process says while it works; one that takes turns is told when it has the next. */
export type LoadReport = WatchedProgress | 'awaits turn';

/**
 * Errors seen by the producers, by class: `http 500`, `item failed`, `socket ECONNRESET`, `socket closed`, `timeout`,
 * `connect ECONNREFUSED`, `unreadable reply`, `bad item accepted`. Those of items are counted per item, all others per request.
 * Of an open loop also `no connection: connect ECONNREFUSED`, when none was free or could be opened, and `never sent`, when
 * it waited for one until the load was over. `load given up: …` is counted once.
 */
export interface ErrorClass {
  readonly class: string;
  readonly count: number;
  readonly example: string;
}

/** One rate that a search for saturation tried; histograms as in measure/latency.ts, from the intended time. */
export interface SaturationStep {
  readonly phase: 'search' | 'hold' | 'level';
  /** Of the capacity, 0…1, for a level. */
  readonly share: number | undefined;
  readonly offeredPerS: number;
  /** Answered before the step was over. */
  readonly achievedPerS: number;
  readonly isSustained: boolean;
  /** In words, why it is not sustained. */
  readonly reasons: readonly string[];
  readonly latencyHistogram: string;
  /** To the send. */
  readonly sendLagHistogram: string;
}

/** What a search for saturation found. Rates are requests per second. */
export interface SaturationRun {
  /** The rate that was held; undefined when none was. */
  readonly capacityPerS: number | undefined;
  /** Nothing shows that the server could not do more. */
  readonly isLowerBound: boolean;
  /** In the order in which they were tried. */
  readonly steps: readonly SaturationStep[];
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
  /** The parts of the window that were measured, where the load took turns with others: between them it rested. */
  readonly slices?: readonly Span[] | undefined;
  /** How much later the window began, because it was unsteady before, than was asked for; undefined where that is no reason. */
  readonly extendedMs?: number | undefined;
  readonly errors: readonly ErrorClass[];
  /** The same errors, each with its time. */
  readonly errorTrace: ErrorTrace;
  /** CPU time of the load process in the measured window, microseconds. */
  readonly cpuUs: number;
  /** Share of the measured window the load process's event loop was busy, 0…1. */
  readonly eventLoopUtilization: number;
  /**
   * How late an open loop saw that the requests of the measured window were due, free connection or not: a histogram as in
   * measure/latency.ts. Undefined in a closed loop.
   */
  readonly wakeLag?: string | undefined;
  /** Of a search for saturation only. */
  readonly saturation?: SaturationRun | undefined;
}
