import fc from 'fast-check';
import { expect, test } from 'vitest';
import { everyCombination, everyPair, type Row } from './covering-array.ts';

test('every combination, the last axis turning fastest', () => {
  expect(everyCombination([])).toEqual([[]]);
  expect(everyCombination([2, 3])).toEqual([
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 1],
    [1, 2],
  ]);
});

test('with less than three axes every pair is every combination', () => {
  for (const sizes of [[], [4], [3, 5]]) expect(everyPair(sizes)).toEqual(everyCombination(sizes));
});

// The sizes of the best known arrays (https://math.nist.gov/coveringarrays): 4, 9, 25 and 6.
test.each([
  [[2, 2, 2], 4, 4],
  [[3, 3, 3, 3], 9, 12],
  [[5, 5, 5, 5], 25, 33],
  [Array.from({ length: 10 }, () => 2), 6, 10],
  [[2, 7, 3, 4, 2], 28, 28],
])('%j: few combinations', (sizes, fewest, most) => {
  const rows = everyPair(sizes);
  expect(rows.length).toBeGreaterThanOrEqual(fewest);
  expect(rows.length).toBeLessThanOrEqual(most);
});

const sizesOfAxes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 6 });

test('every two values of two axes meet, in no more combinations than there are and than a sane search needs', () => {
  fc.assert(
    fc.property(sizesOfAxes, (sizes) => {
      const rows = everyPair(sizes);
      const pairs = new Set(rows.flatMap(pairsIn));
      const expected = sizes.flatMap((size, axis) => sizes.slice(axis + 1).map((other) => size * other));
      expect(pairs.size).toBe(expected.reduce((sum, count) => sum + count, 0));
      for (const row of rows) expect(row.every((value, axis) => value < (sizes[axis] ?? 0))).toBe(true);
      expect(new Set(rows.map(String)).size).toBe(rows.length);
      const [largest = 1, second = 1] = sizes.toSorted((a, b) => b - a);
      expect(rows.length).toBeGreaterThanOrEqual(largest * second);
      expect(rows.length).toBeLessThanOrEqual(largest * second * Math.log2(sizes.length * 2));
      expect(rows.length).toBeLessThanOrEqual(sizes.reduce((product, size) => product * size, 1));
      expect(everyPair(sizes)).toEqual(rows);
    }),
    { numRuns: 300 },
  );
});

function pairsIn(row: Row): readonly string[] {
  return row.flatMap((value, axis) =>
    row.slice(axis + 1).map((beside, index) => `${axis}:${value} ${axis + 1 + index}:${beside}`),
  );
}
