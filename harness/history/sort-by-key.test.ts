import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sortByKey } from './sort-by-key.ts';

function sorted(keys: readonly number[]): readonly number[] {
  return [...sortByKey(Uint32Array.from(keys.keys()), (entry) => keys[entry] ?? 0)];
}

const comparing = (keys: readonly number[]) =>
  [...keys.keys()].sort((one, other) => {
    const [left = 0, right = 0] = [keys[one], keys[other]];
    return left === right ? one - other : left - right;
  });

test('numbers come in the order of their keys, equal ones as they were', () => {
  const key = fc.oneof(
    fc.double({ noNaN: true, min: -1e12, max: 1e12 }),
    fc.nat(9),
    fc.constant(Number.POSITIVE_INFINITY),
  );
  fc.assert(
    fc.property(fc.array(key, { maxLength: 300 }), (keys) => {
      expect(sorted(keys)).toEqual(comparing(keys));
    }),
    { examples: [[[Number.MIN_VALUE, 0]]] },
  );
});

test.each([
  ['in order', (nth: number) => nth],
  ['the other way round', (nth: number) => -nth],
  ['nearly in order', (nth: number) => nth + (nth % 7) * 1.5],
  ['all but one crowded together', (nth: number) => (nth === 500 ? 1e12 : (nth * 7919) % 1000)],
  ['all infinite but one', (nth: number) => (nth === 500 ? 1 : Number.POSITIVE_INFINITY)],
])('a thousand keys %s', (_what, keyOf) => {
  const keys = Array.from({ length: 1000 }, (_, nth) => keyOf(nth));
  expect(sorted(keys)).toEqual(comparing(keys));
});
