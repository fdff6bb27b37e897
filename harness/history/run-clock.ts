/** One moment, the start of a run, on both clocks: what leads from one to the other. */
export interface RunClock {
  /** On the monotonic clock of ledger and faults. */
  readonly monotonicUs: number;
  /** On the clock of the day, as logs have it. */
  readonly epochMs: number;
}
