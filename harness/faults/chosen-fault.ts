import { seededRandom } from '../measure/seeded-random.ts';
import type { PlannedFault, SpanMs } from '../scenario/faults-group.ts';
import type { FaultOrder } from './fault.ts';

/** One time that a planned fault is to happen, with all that its plan left to chance decided. */
export interface ChosenFault {
  readonly order: FaultOrder;
  /** After the start of the load. */
  readonly atMs: number;
  /** From being in effect to being healed; undefined: until the load ends. */
  readonly forMs: number | undefined;
  /** 0…1, for what the fault itself leaves to chance. */
  readonly random: () => number;
}

/**
 * Chooses for each plan when its fault happens: once, or without end for a plan that repeats. Every plan draws from a
 * stream of its own, so the same seed gives the same faults, however they and their neighbours went when carried out.
 */
export function chooseFaults(plans: readonly PlannedFault[], seed: number): readonly Iterable<ChosenFault>[] {
  const random = seededRandom(seed);
  return plans.map((plan) => {
    const planSeed = random() * 2 ** 32;
    return { [Symbol.iterator]: () => chooseTimes(plan, seededRandom(planSeed)) };
  });
}

function* chooseTimes(plan: PlannedFault, random: () => number): Generator<ChosenFault> {
  const { kind, count, between, bytesPerS } = plan;
  let atMs = choose(plan.atMs, random);
  for (;;) {
    yield {
      order: { kind, count, between, bytesPerS, delayMs: plan.delayMs && choose(plan.delayMs, random) },
      atMs,
      forMs: plan.forMs && choose(plan.forMs, random),
      random: seededRandom(random() * 2 ** 32),
    };
    if (plan.everyMs === undefined) return;
    // A rhythm of 0 would be no rhythm but a loop.
    atMs += Math.max(1, choose(plan.everyMs, random));
  }
}

function choose([fromMs, toMs]: SpanMs, random: () => number): number {
  return fromMs + (toMs - fromMs) * random();
}
