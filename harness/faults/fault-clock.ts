import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicUs } from '../measure/monotonic-clock.ts';

/** The time a schedule goes by: microseconds on the monotonic clock of the ledger. */
export interface FaultClock {
  nowUs(): number;
  /** Resolves at that time, at once when it is over, or when the signal aborts; never rejects. */
  sleepUntil(us: number, signal: AbortSignal): Promise<void>;
}

export const MONOTONIC_FAULT_CLOCK: FaultClock = {
  nowUs: monotonicUs,
  sleepUntil: async (us, signal) => {
    // Cut short: the caller looks at the signal.
    await sleep(Math.max(0, us - monotonicUs()) / 1000, undefined, { signal }).catch(() => undefined);
  },
};
