import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../measure/seeded-random.ts';
import { type ArrivalOrder, arrivals } from './arrivals.ts';

const SECOND_US = 1_000_000;

function timesOf(order: Partial<ArrivalOrder> & Pick<ArrivalOrder, 'rate'>, seed = 1): readonly number[] {
  const schedule = arrivals({ arrivals: 'even', burst: 1, lengthUs: SECOND_US, ...order }, seededRandom(seed));
  const times: number[] = [];
  for (let atUs = schedule.next(); atUs !== undefined; atUs = schedule.next()) times.push(atUs);
  expect(schedule.next()).toBeUndefined();
  return times;
}

const orders = fc.record({
  rate: fc.double({ min: 1, max: 5_000, noNaN: true }),
  to: fc.option(fc.double({ min: 1, max: 5_000, noNaN: true }), { nil: undefined }),
  arrivals: fc.constantFrom('even' as const, 'poisson' as const),
  burst: fc.integer({ min: 1, max: 50 }),
  lengthUs: fc.integer({ min: 1_000, max: 3 * SECOND_US }),
});

/** Requests under the rate, which is the area of a trapezium. */
function expectedRequests({ rate, to = rate, lengthUs }: Pick<ArrivalOrder, 'rate' | 'to' | 'lengthUs'>): number {
  return (((rate + to) / 2) * lengthUs) / SECOND_US;
}

test('times never go back, stay within the stretch, come in whole bursts, and are the same for the same seed', () => {
  fc.assert(
    fc.property(orders, fc.integer(), (order, seed) => {
      const times = timesOf(order, seed);
      expect(times).toEqual(timesOf(order, seed));
      expect(times.length % order.burst).toBe(0);
      for (const [index, atUs] of times.entries()) {
        const before = times[index - 1] ?? 0;
        const isSameBurst = index % order.burst > 0;
        if (isSameBurst ? atUs !== before : atUs < before) throw new Error(`${atUs} after ${before}`);
      }
      expect(times[0] ?? 0).toBeGreaterThanOrEqual(0);
      expect(times.at(-1) ?? 0).toBeLessThan(order.lengthUs);
    }),
  );
});

test('evenly spread requests are as many as the area under the rate, to the burst', () => {
  fc.assert(
    fc.property(orders, (order) => {
      const area = expectedRequests(order);
      const count = timesOf({ ...order, arrivals: 'even' }).length;
      expect(count).toBeGreaterThanOrEqual(area - 1e-6);
      expect(count).toBeLessThan(area + order.burst + 1e-6);
    }),
  );
});

test('an even rate has equal distances', () => {
  expect(timesOf({ rate: 4 })).toEqual([0, 250_000, 500_000, 750_000]);
  expect(timesOf({ rate: 4, burst: 2 })).toEqual([0, 0, 500_000, 500_000]);
});

test('a ramp has its share of the area in every part', () => {
  // From 0 to 1000 a second in one second: 0.45² · 500 = 101.25 of the 500 in the first 0.45 s, and the other way round 348.75.
  const early = (times: readonly number[]) => times.filter((atUs) => atUs < 0.45 * SECOND_US).length;
  const up = timesOf({ rate: 1e-9, to: 1_000 });
  const down = timesOf({ rate: 1_000, to: 1e-9 });
  expect([early(up), early(down)]).toEqual([102, 349]);
  expect([up.length, down.length]).toEqual([500, 500]);
});

test('Poisson arrivals have the mean and the variance of a Poisson process, on a ramp too', () => {
  const counts = Array.from({ length: 400 }, (_, seed) => timesOf({ rate: 50, to: 150, arrivals: 'poisson' }, seed));
  const mean = counts.reduce((sum, { length }) => sum + length, 0) / counts.length;
  const variance = counts.reduce((sum, { length }) => sum + (length - mean) ** 2, 0) / (counts.length - 1);
  // 100 expected: the mean of 400 has a standard error of 0.5, the variance one of 7.
  expect(Math.abs(mean - 100)).toBeLessThan(2);
  expect(Math.abs(variance - 100)).toBeLessThan(28);
  const firstHalf = counts.flat().filter((atUs) => atUs < SECOND_US / 2).length / counts.length;
  expect(Math.abs(firstHalf - 37.5)).toBeLessThan(1.5);
});

test('a stretch without an end goes on at its rate', () => {
  const schedule = arrivals({ rate: 10, arrivals: 'even', burst: 1, lengthUs: Number.POSITIVE_INFINITY }, Math.random);
  const times = Array.from({ length: 1_001 }, () => schedule.next() ?? 0);
  expect(times.at(-1)).toBeCloseTo(100 * SECOND_US, 0);
});
