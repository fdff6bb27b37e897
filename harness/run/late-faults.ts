import { type FaultSchedule, startFaults } from '../faults/fault-schedule.ts';
import { isMissing } from '../history/evidence.ts';
import type { FaultRecord } from '../history/fault-record.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import type { PlannedFault } from '../scenario/faults-group.ts';
import type { RunOrder } from './run-order.ts';
import type { SystemUnderTest } from './take-system.ts';

/** The faults of a run, whose times count from the load's own start: its process needs a moment to get there. */
export class LateFaults implements AsyncDisposable {
  readonly #order: RunOrder;
  readonly #targets: SystemUnderTest['faultTargets'];
  #schedule: FaultSchedule | undefined;

  constructor(order: RunOrder, { faultTargets }: SystemUnderTest) {
    this.#order = order;
    this.#targets = faultTargets;
  }

  /** Begins at the load's first sign of life; further calls change nothing. */
  start(elapsedMs: number): void {
    if (this.#schedule !== undefined || isMissing(this.#targets)) return;
    const { planned, seed, context } = this.#order;
    const loadStartedUs = monotonicUs() - elapsedMs * 1_000;
    this.#schedule = startFaults(planned.arm.faults, this.#targets, { loadStartedUs, seed, signal: context.signal });
  }

  /** Heals what is in effect, and tells what happened. A load that was over before its first sign of life met no fault. */
  async healAll(): Promise<readonly FaultRecord[]> {
    const targets = this.#targets;
    if (isMissing(targets)) return this.#order.planned.arm.faults.map((plan) => impossible(plan, targets.missing));
    this.start(0);
    return (await this.#schedule?.healAll()) ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#schedule?.[Symbol.asyncDispose]();
  }
}

function impossible({ kind, between }: PlannedFault, reason: string): FaultRecord {
  return {
    ...{ kind, between: kind.startsWith('network-') ? between : undefined, outcome: 'impossible', detail: reason },
    ...{ invokedUs: monotonicUs(), injectedUs: undefined, healInvokedUs: undefined, healedUs: undefined },
    count: undefined,
  };
}
