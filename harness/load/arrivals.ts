import type { Arrivals } from '../scenario/load-group.ts';
import type { ArrivalSchedule } from './open-step.ts';

/** A stretch of requests to be spread over time. */
export interface ArrivalOrder {
  /** Requests per second at its start. */
  readonly rate: number;
  /** At its end, reached evenly; undefined: it stays. */
  readonly to?: number | undefined;
  readonly arrivals: Arrivals;
  /** Requests intended at the same moment; the rate stays the same. */
  readonly burst: number;
  /** Infinity for a stretch that somebody else ends; it keeps its rate then. */
  readonly lengthUs: number;
}

/** Of a request: what is due at the very end is not made due before it by the rounding of sums. */
const ROUNDING = 1e-6;

/**
 * Intended send times by change of time: the requests expected by time t are N(t) = rate·t + (to − rate)·t²/2L, and the
 * arrivals of a process of rate 1, evenly spaced or with exponential gaps, are put where N reaches them (Çinlar,
 * Introduction to Stochastic Processes, 1975, §4.7). So a ramp has as many requests as the area under it, and a burst
 * counts as its number of requests. The first of evenly spaced requests is at the start.
 */
export function arrivals(order: ArrivalOrder, random: () => number): ArrivalSchedule {
  const { rate, to = rate, burst, lengthUs } = order;
  const lengthS = lengthUs / 1_000_000;
  const halfSlope = (to - rate) / (2 * lengthS);
  const last = ((rate + to) / 2) * lengthS - ROUNDING;
  const gap = order.arrivals === 'even' ? () => burst : () => -Math.log(1 - random()) * burst;
  let expected = order.arrivals === 'even' ? 0 : gap();
  let leftOfBurst = burst;
  return {
    lengthUs,
    next: () => {
      if (leftOfBurst === 0) {
        leftOfBurst = burst;
        expected += gap();
      }
      if (!(expected < last)) return undefined;
      leftOfBurst -= 1;
      // N(t) = expected solved for t, in the form that has no difference of nearly equal numbers.
      return (1_000_000 * 2 * expected) / (rate + Math.sqrt(rate * rate + 4 * halfSlope * expected));
    },
  };
}
