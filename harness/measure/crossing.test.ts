import { expect, test } from 'vitest';
import { compareCurves, crossingsOf } from './crossing.ts';
import type { SweepPoint } from './knee.ts';
import { seededRandom } from './seeded-random.ts';

const LATENCIES = [0, 1, 5, 20];

function curve(rateAt: (x: number) => number, rounds = 3, values = LATENCIES): readonly SweepPoint[] {
  return values.map((x) => ({ x, byRound: Array.from({ length: rounds }, () => rateAt(x)) }));
}

function crossings(first: (x: number) => number, second: (x: number) => number, rounds = 3) {
  return crossingsOf(compareCurves(curve(first, rounds), curve(second, rounds), 1));
}

test('one curve above the other has no crossing', () => {
  const comparisons = compareCurves(
    curve(() => 200),
    curve((x) => 100 - x),
    1,
  );
  expect(comparisons.map(({ higher }) => higher)).toEqual(['first', 'first', 'first', 'first']);
  expect(comparisons[0]?.ratio.median).toBe(2);
  expect(crossingsOf(comparisons)).toEqual([]);
});

test('a crossing lies between two values, and about where the ratio is 1', () => {
  const [crossing, ...others] = crossings(
    () => 100,
    (x) => 100 * 2 ** (3 - x),
  );
  expect(others).toEqual([]);
  expect(crossing?.between).toEqual([1, 5]);
  expect(crossing?.about).toBeCloseTo(3);
});

test('values at which no lead shows widen the gap', () => {
  const second = (x: number) => [90, 100, 100, 110][LATENCIES.indexOf(x)] ?? 0;
  expect(crossings(() => 100, second)).toEqual([{ between: [0, 20], about: expect.closeTo(1) }]);
});

test('curves that touch, or are the same, do not cross', () => {
  expect(
    crossings(
      () => 100,
      (x) => (x === 5 ? 100 : 90),
    ),
  ).toEqual([]);
  expect(
    crossings(
      () => 100,
      () => 100,
    ),
  ).toEqual([]);
});

test('curves may cross twice', () => {
  const second = (x: number) => (x === 5 ? 200 : 50);
  expect(crossings(() => 100, second).map(({ between }) => between)).toEqual([
    [1, 5],
    [5, 20],
  ]);
});

test('of values that only one curve has nothing is said', () => {
  const comparisons = compareCurves(
    curve(() => 100),
    curve(() => 50, 3, [0, 20, 50]),
    1,
  );
  expect(comparisons.map(({ x }) => x)).toEqual([0, 20]);
});

test('equal curves under noise hardly ever seem to cross; a real crossing stays where it is', () => {
  const noisy = (seed: number) => {
    const random = seededRandom(seed);
    return (rate: number) => rate * (1 + 0.06 * (random() + random() + random() - 1.5));
  };
  const trials = Array.from({ length: 200 }, (_, seed) => noisy(seed + 1));
  // Three rounds that agree by chance: 1 in 4 for a value to seem surely higher, so two of four that disagree are rare.
  const fooled = trials.filter(
    (noise) =>
      crossings(
        () => noise(100),
        () => noise(100),
      ).length > 0,
  );
  expect(fooled.length).toBeLessThan(60);
  for (const noise of trials) {
    const found = crossings(
      () => noise(100),
      (x) => noise(100 * 1.5 ** ((3 - x) / 2)),
    );
    expect(found.map(({ between }) => between)).toEqual([[1, 5]]);
  }
});
