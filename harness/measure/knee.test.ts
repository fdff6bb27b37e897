import { expect, test } from 'vitest';
import { kneeOf, type SweepPoint } from './knee.ts';
import { seededRandom } from './seeded-random.ts';

const CONNECTIONS = [3, 6, 9, 12, 24, 48, 97];

function sweep(rateAt: (x: number, round: number) => number, rounds = 3, values = CONNECTIONS): readonly SweepPoint[] {
  return values.map((x) => ({ x, byRound: Array.from({ length: rounds }, (_, round) => rateAt(x, round)) }));
}

/** Rises evenly up to 12. */
const saturating = (x: number) => 50_000 * Math.min(1, x / 12);

test('the knee is the smallest value that gives 98 % of the best', () => {
  expect(kneeOf(sweep(saturating), 1)).toMatchObject({ from: 12, to: 97, bestRate: 50_000 });
  const slowly = kneeOf(
    sweep((x) => 1000 * (1 - 1 / x)),
    1,
  );
  expect(slowly).toMatchObject({ best: 97, from: 48, to: 97 });
  expect(slowly?.points.map(({ share }) => Number(share.toFixed(3)))).toEqual([
    0.674, 0.842, 0.898, 0.926, 0.968, 0.989, 1,
  ]);
});

test('what rises to the end has its knee there, what falls at the beginning, a peak in the middle', () => {
  expect(
    kneeOf(
      sweep((x) => x),
      1,
    ),
  ).toMatchObject({ best: 97, from: 97, to: 97 });
  expect(
    kneeOf(
      sweep((x) => 1 / x),
      1,
    ),
  ).toMatchObject({ best: 3, from: 3, to: 3 });
  const peak = kneeOf(
    sweep((x) => 1000 - 10 * Math.abs(x - 12)),
    1,
  );
  expect(peak).toMatchObject({ best: 12, from: 12, to: 12 });
});

test('points come in any order; one is no sweep', () => {
  expect(kneeOf(sweep(saturating).toReversed(), 1)).toEqual(kneeOf(sweep(saturating), 1));
  expect(kneeOf(sweep(saturating, 3, [12]), 1)).toBeUndefined();
  expect(kneeOf([], 1)).toBeUndefined();
});

test('what a round suffered as a whole does not count', () => {
  const rounds = [1, 0.4, 0.7];
  expect(
    kneeOf(
      sweep((x, round) => saturating(x) * (rounds[round] ?? 1)),
      1,
    ),
  ).toMatchObject({ from: 12, to: 97 });
});

test('what cannot be told from the best is as good, but not a tenth less', () => {
  const point = (x: number, ...byRound: number[]) => ({ x, byRound });
  const best = point(9, 100, 100, 100);
  expect(kneeOf([point(3, 96, 95, 101), best], 1)?.from).toBe(3);
  expect(kneeOf([point(3, 96, 95, 97), best], 1)?.from).toBe(9);
  expect(kneeOf([point(3, 80, 89, 101), best], 1)?.from).toBe(9);
  // With one round there is no noise to speak of.
  expect(kneeOf([point(3, 97), point(9, 100)], 1)?.from).toBe(9);
});

test('a lucky value below a gap is not the knee, an unlucky one above the knee is no gap', () => {
  const lucky = sweep((x) => (x === 3 ? 50_000 : saturating(x)) + x);
  expect(kneeOf(lucky, 1)?.from).toBe(12);
  const unlucky = sweep((x) => (x === 24 ? 47_000 : saturating(x)) + x);
  expect(kneeOf(unlucky, 1)).toMatchObject({ best: 97, from: 12, to: 97 });
});

test('with noise of 3 % in three rounds the knee is found nearly always, and never too low', () => {
  const found = Array.from({ length: 60 }, (_, seed) => {
    const random = seededRandom(seed + 1);
    // Of three uniform numbers: about normal, with a deviation of 3 %.
    const noise = () => 1 + 0.06 * (random() + random() + random() - 1.5);
    return (
      kneeOf(
        sweep((x) => saturating(x) * noise()),
        seed,
      )?.from ?? Number.NaN
    );
  });
  expect(found.every((from) => from >= 12)).toBe(true);
  expect(found.filter((from) => from === 12).length).toBeGreaterThan(48);
});

test('rounds must be the same in number', () => {
  expect(() => kneeOf([...sweep(saturating), { x: 200, byRound: [1] }], 1)).toThrow(RangeError);
});
