import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** What a pool is doing and has done; counters since its start. */
export interface PoolStatistics {
  readonly size: number;
  readonly idle: number;
  readonly inUse: number;
  readonly waiting: number;
  readonly opened: number;
  readonly drained: number;
  readonly rolledBack: number;
  readonly discarded: number;
  readonly acquireWaitUs: {
    readonly count: number;
    /** Of all waits together. */
    readonly sum: number;
    readonly p50: number;
    readonly p99: number;
    readonly max: number;
  };
}

/** Counters a pool keeps; the gauges of {@link PoolStatistics} are read off the pool itself. */
export class PoolCounters {
  /** Connections opened, the first ones and replacements alike. */
  opened = 0;
  /** Releases that had to wait for results still on their way. */
  drained = 0;
  /** Releases that found a transaction open and rolled it back. */
  rolledBack = 0;
  /** Connections that could not be cleaned or broke, and were thrown away. */
  discarded = 0;
  readonly #waitUs: RecordableHistogram = createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 3 });
  #waitedUs = 0;

  recordWait(waitedMs: number): void {
    this.#waitedUs += waitedMs * 1000;
    this.#waitUs.record(Math.max(1, Math.round(waitedMs * 1000)));
  }

  acquireWaitUs(): PoolStatistics['acquireWaitUs'] {
    const { count, max } = this.#waitUs;
    const sum = this.#waitedUs;
    if (count === 0) return { count, sum, p50: 0, p99: 0, max: 0 };
    return { count, sum, p50: this.#waitUs.percentile(50), p99: this.#waitUs.percentile(99), max };
  }
}
