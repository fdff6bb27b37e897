import type { SaturationLoad } from '../scenario/arm-load.ts';
import type { StepVerdict } from './sustainable.ts';

/** A rate to be tried, requests per second. */
export interface RateOrder {
  readonly phase: 'search' | 'hold' | 'level';
  readonly ratePerS: number;
  readonly lengthMs: number;
  /** Of the capacity, 0…1, for a level. */
  readonly share?: number;
}

/** What came of it. */
export interface Trial<Tried> {
  readonly order: RateOrder;
  readonly tried: Tried;
}

export interface Saturation<Tried> {
  /** The rate that was held, requests per second; undefined when none was. */
  readonly capacityPerS: number | undefined;
  /** Nothing shows that the server could not do more: the load generator, or the search, was the limit. */
  readonly isLowerBound: boolean;
  /** In the order in which they were made. */
  readonly trials: readonly Trial<Tried>[];
}

/** The lowest rate known to be too high. */
interface Bound {
  readonly ratePerS: number;
  readonly limit: StepVerdict['limit'];
  /** It was too high twice: a stall of the machine is not taken for the end of the server. */
  readonly isConfirmed: boolean;
}

interface Bracket {
  readonly sustainedPerS: number | undefined;
  readonly bound: Bound | undefined;
}

/** A load process on one core does not send more. */
const MAX_RATE_PER_S = 100_000;

/** The bracket is narrow enough when its ends are no farther apart than this. */
const PRECISION = 1.05;

/** Below a 64th of the first rate nothing is looked for. */
const MAX_HALVINGS = 6;

/** Doubling 10 times, 5 rates between, and a bound that turns out to be none a few times over. */
const MAX_SEARCH_TRIALS = 24;

/** A rate that cannot be held is lowered by 7 %, a little more than the precision of the search, down to 80 %. */
const HOLD_STEP_DOWN = 0.93;
const MAX_HOLDS = 4;

/**
 * Searches the highest rate that is sustained: doubles it while it is, halves it while none was, bisects between (geometrically)
 * and tries the bound once more; then holds what was found, at less when that fails; then measures at shares of what was held.
 * It ends for every server: 24 trials, 4 holds and the levels at most. What `tryRate` throws goes through.
 */
export async function searchSaturation<Tried extends StepVerdict>(
  plan: SaturationLoad,
  tryRate: (order: RateOrder) => Promise<Tried>,
): Promise<Saturation<Tried>> {
  const trials: Trial<Tried>[] = [];
  const attempt = async (order: RateOrder): Promise<Tried> => {
    const tried = await tryRate(order);
    trials.push({ order, tried });
    return tried;
  };
  const { sustainedPerS, bound } = await bracket(plan, attempt);
  const held = sustainedPerS === undefined ? undefined : await hold(sustainedPerS, plan, attempt);
  if (held === undefined) return { capacityPerS: undefined, isLowerBound: false, trials };
  for (const share of plan.levels) {
    // The hold is the level of the whole capacity.
    if (share === 1) continue;
    await attempt({ phase: 'level', ratePerS: share * held.ratePerS, lengthMs: plan.stepMs, share });
  }
  const isLowerBound = bound === undefined || bound.limit === 'generator' || held.wasGenerator;
  return { capacityPerS: held.ratePerS, isLowerBound, trials };
}

async function bracket(
  { from, stepMs }: SaturationLoad,
  attempt: (order: RateOrder) => Promise<StepVerdict>,
): Promise<Bracket> {
  let sustainedPerS: number | undefined;
  let bounds: readonly Bound[] = [];
  let nextPerS: number | undefined = from;
  for (let trial = 0; nextPerS !== undefined && trial < MAX_SEARCH_TRIALS; trial += 1) {
    const ratePerS: number = nextPerS;
    const { isSustained, limit } = await attempt({ phase: 'search', ratePerS, lengthMs: stepMs });
    if (limit === 'ended') break;
    if (isSustained) {
      sustainedPerS = ratePerS;
      bounds = bounds.filter((bound) => bound.ratePerS > ratePerS);
    } else {
      const before = bounds.find((bound) => bound.ratePerS === ratePerS);
      // That the server was the limit is not taken back because the generator was late the second time.
      const bound = {
        ratePerS,
        limit: before?.limit === 'server' ? before.limit : limit,
        isConfirmed: before !== undefined,
      };
      bounds = [bound, ...bounds.filter((other) => other !== before)];
    }
    nextPerS = nextRate(from, sustainedPerS, lowestOf(bounds));
  }
  return { sustainedPerS, bound: lowestOf(bounds) };
}

/** Undefined when there is nothing left to learn. */
function nextRate(from: number, sustainedPerS: number | undefined, bound: Bound | undefined): number | undefined {
  if (bound === undefined) {
    const doubledPerS = Math.min(2 * (sustainedPerS ?? from), MAX_RATE_PER_S);
    return sustainedPerS === doubledPerS ? undefined : doubledPerS;
  }
  if (sustainedPerS === undefined) {
    const halvedPerS = bound.ratePerS / 2;
    return halvedPerS < from / 2 ** MAX_HALVINGS ? undefined : halvedPerS;
  }
  if (bound.ratePerS / sustainedPerS > PRECISION) return Math.sqrt(sustainedPerS * bound.ratePerS);
  return bound.isConfirmed ? undefined : bound.ratePerS;
}

function lowestOf(bounds: readonly Bound[]): Bound | undefined {
  return bounds.toSorted((a, b) => a.ratePerS - b.ratePerS)[0];
}

async function hold(
  foundPerS: number,
  { holdMs }: SaturationLoad,
  attempt: (order: RateOrder) => Promise<StepVerdict>,
): Promise<{ readonly ratePerS: number; readonly wasGenerator: boolean } | undefined> {
  let wasGenerator = false;
  for (let ratePerS = foundPerS, holds = 0; holds < MAX_HOLDS; holds += 1, ratePerS *= HOLD_STEP_DOWN) {
    const { isSustained, limit } = await attempt({ phase: 'hold', ratePerS, lengthMs: holdMs });
    if (isSustained) return { ratePerS, wasGenerator };
    if (limit === 'ended') return undefined;
    wasGenerator = limit === 'generator';
  }
  return undefined;
}
