import type { FaultKind, FaultRecord } from '../history/fault-record.ts';
import type { PlannedFault } from '../scenario/faults-group.ts';
import { type ChosenFault, chooseFaults } from './chosen-fault.ts';
import { FaultImpossible, type FaultTargets, type Inject, type InjectedFault } from './fault.ts';
import { type FaultClock, MONOTONIC_FAULT_CLOCK } from './fault-clock.ts';
import { FAULT_INJECTORS } from './fault-kinds.ts';

export interface FaultScheduleOptions {
  /** Start of the load on the monotonic clock; the times of plans count from it. */
  readonly loadStartedUs: number;
  readonly seed: number;
  /** No fault is begun after it has aborted; those in effect stay so until the schedule is healed or disposed. */
  readonly signal: AbortSignal;
  /** For tests: other clocks and other ways to do a fault. */
  readonly clock?: FaultClock;
  readonly injectors?: Readonly<Record<FaultKind, Inject>>;
}

/** A {@link FaultRecord} as it grows. */
type OpenRecord = { -readonly [Key in keyof FaultRecord]: FaultRecord[Key] };

interface Effect {
  readonly record: OpenRecord;
  readonly fault: InjectedFault;
  /** Settles when it is healed, or when that has failed; undefined as long as nobody heals it. Never rejects. */
  healing?: Promise<void>;
}

/**
 * Faults that happen at their times while the load runs. They may overlap; only the repeats of one plan wait for each
 * other, if each has its duration: what is down cannot be taken down again. Disposing heals all.
 */
export class FaultSchedule implements AsyncDisposable {
  readonly #targets: Omit<FaultTargets, 'random'>;
  readonly #clock: FaultClock;
  readonly #injectors: Readonly<Record<FaultKind, Inject>>;
  readonly #loadStartedUs: number;
  readonly #stopping = new AbortController();
  readonly #stop: AbortSignal;
  readonly #records: OpenRecord[] = [];
  /** In the order in which they took effect. */
  readonly #inEffect: Effect[] = [];
  /** Faults that are begun and not yet in effect. */
  readonly #injecting = new Set<Promise<unknown>>();
  readonly #plans: Promise<unknown>;
  #healed: Promise<readonly FaultRecord[]> | undefined;

  /** For {@link startFaults}. */
  constructor(
    plans: readonly PlannedFault[],
    targets: Omit<FaultTargets, 'random'>,
    { loadStartedUs, seed, signal, clock, injectors }: FaultScheduleOptions,
  ) {
    this.#targets = targets;
    this.#loadStartedUs = loadStartedUs;
    this.#clock = clock ?? MONOTONIC_FAULT_CLOCK;
    this.#injectors = injectors ?? FAULT_INJECTORS;
    this.#stop = AbortSignal.any([signal, this.#stopping.signal]);
    this.#plans = Promise.all(chooseFaults(plans, seed).map((times) => this.#carryOut(times)));
  }

  /**
   * For the end of the load: begins no fault any more, and heals those in effect, the last one first. Resolves with all
   * that happened, in order of time, when everything is healed or could not be; never rejects. Further calls give the
   * same.
   */
  healAll(): Promise<readonly FaultRecord[]> {
    this.#healed ??= this.#healAll();
    return this.#healed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.healAll();
  }

  async #healAll(): Promise<readonly FaultRecord[]> {
    this.#stopping.abort();
    for (;;) {
      // What is in effect may be the very thing that keeps another fault from taking effect: first heal, then wait.
      const last = this.#inEffect.at(-1);
      if (last !== undefined) await this.#heal(last);
      else if (this.#injecting.size > 0) await Promise.race(this.#injecting);
      else break;
    }
    await this.#plans;
    return this.#records.toSorted((one, other) => one.invokedUs - other.invokedUs);
  }

  /** One plan, from its first fault to the last. */
  async #carryOut(times: Iterable<ChosenFault>): Promise<void> {
    let begun = false;
    for (const chosen of times) {
      await this.#clock.sleepUntil(this.#loadStartedUs + chosen.atMs * 1000, this.#stop);
      if (this.#stop.aborted) {
        if (!begun)
          this.#open(chosen, 'failed', `the load ended before its time, ${inSeconds(chosen.atMs)} after the start`);
        return;
      }
      begun = true;
      const effect = await this.#inject(chosen);
      if (effect === undefined) continue;
      // healAll() waits for it like for everything that is in effect.
      if (effect.fault.isOver) void this.#heal(effect);
      else if (chosen.forMs !== undefined) await this.#healAfter(effect, chosen.forMs);
    }
  }

  /** Undefined when the fault did not take effect; the record says why. */
  async #inject(chosen: ChosenFault): Promise<Effect | undefined> {
    const record = this.#open(chosen, 'injected', '');
    const attempt = this.#attempt(chosen, record);
    this.#injecting.add(attempt);
    const effect = await attempt;
    this.#injecting.delete(attempt);
    return effect;
  }

  async #attempt({ order, random }: ChosenFault, record: OpenRecord): Promise<Effect | undefined> {
    try {
      const fault = await this.#injectors[order.kind]({ ...this.#targets, random }, order);
      record.injectedUs = this.#clock.nowUs();
      record.detail = fault.detail;
      record.count = fault.count;
      const effect = { record, fault };
      this.#inEffect.push(effect);
      return effect;
    } catch (error) {
      record.outcome = error instanceof FaultImpossible ? 'impossible' : 'failed';
      record.detail = messageOf(error);
      return undefined;
    }
  }

  async #healAfter(effect: Effect, forMs: number): Promise<void> {
    await this.#clock.sleepUntil((effect.record.injectedUs ?? 0) + forMs * 1000, this.#stop);
    // Once the load is over the order of healing matters, and healAll() sees to it.
    if (!this.#stop.aborted) await this.#heal(effect);
  }

  #heal(effect: Effect): Promise<void> {
    effect.healing ??= this.#healNow(effect);
    return effect.healing;
  }

  async #healNow({ record, fault }: Effect): Promise<void> {
    record.healInvokedUs = this.#clock.nowUs();
    try {
      await fault.heal();
      record.healedUs = this.#clock.nowUs();
    } catch (error) {
      record.outcome = 'failed';
      record.detail = `${record.detail}; it could not be healed: ${messageOf(error)}`;
    }
    this.#inEffect.splice(
      this.#inEffect.findIndex((effect) => effect.record === record),
      1,
    );
  }

  #open({ order: { kind, between } }: ChosenFault, outcome: FaultRecord['outcome'], detail: string): OpenRecord {
    const record: OpenRecord = {
      kind,
      between: kind.startsWith('network-') ? between : undefined,
      invokedUs: this.#clock.nowUs(),
      injectedUs: undefined,
      healInvokedUs: undefined,
      healedUs: undefined,
      outcome,
      count: undefined,
      detail,
    };
    this.#records.push(record);
    return record;
  }
}

/** Begins to carry out an arm's faults. None at all is no schedule: `healAll()` then resolves at once. */
export function startFaults(
  plans: readonly PlannedFault[],
  targets: Omit<FaultTargets, 'random'>,
  options: FaultScheduleOptions,
): FaultSchedule {
  return new FaultSchedule(plans, targets, options);
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
