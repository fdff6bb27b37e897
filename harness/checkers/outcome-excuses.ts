import type { FaultRecord } from '../history/fault-record.ts';
import type { ItemOutcome } from '../history/item-outcome.ts';
import { excuseOf } from './excuses.ts';
import { FaultWindows, windowOf } from './fault-windows.ts';

/** Outcomes that a sound server gives under a fault alone. */
export const JUDGED_OUTCOMES = ['malformed', 'failed', 'rejected', 'indeterminate', 'buffered'] as const;

export type JudgedOutcome = (typeof JUDGED_OUTCOMES)[number];

interface OutcomeExcuse {
  /** Index of the fault among those of the run. */
  readonly fault: number;
  readonly window: FaultWindows;
}

/** What the faults of a run excuse in the answers to requests that were under way meanwhile. */
export class OutcomeExcuses {
  readonly #byOutcome: ReadonlyMap<ItemOutcome, readonly OutcomeExcuse[]>;

  constructor(faults: readonly FaultRecord[]) {
    this.#byOutcome = new Map(JUDGED_OUTCOMES.map((outcome) => [outcome, excusesOf(outcome, faults)]));
  }

  /** Index of the fault that excuses such an outcome of a request, of several the one begun last; undefined when none does. */
  excusing(outcome: ItemOutcome, fromUs: number, toUs: number): number | undefined {
    return this.#byOutcome.get(outcome)?.findLast(({ window }) => window.touch(fromUs, toUs))?.fault;
  }
}

function excusesOf(outcome: JudgedOutcome, faults: readonly FaultRecord[]): readonly OutcomeExcuse[] {
  return faults.flatMap((record, fault) => {
    const { outcomes, buffers } = excuseOf(record);
    const isExcused = outcome === 'buffered' ? buffers === true : outcomes?.includes(outcome) === true;
    return isExcused ? [{ fault, window: new FaultWindows([windowOf(record)]) }] : [];
  });
}
