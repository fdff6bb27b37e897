import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OUTCOME_CODE } from '../history/item-outcome.ts';
import { ErrorTally } from './error-tally.ts';

const at = (fromUs: number, toUs: number) => ({ fromUs, toUs, outcome: 'failed' }) as const;

test('equal errors of one request are one entry, others their own', () => {
  const errors = new ErrorTally();
  errors.add('item failed', 'too long', at(10, 20));
  errors.add('item failed', 'another', at(10, 20), 2);
  errors.add('http 503', 'down', { fromUs: 10, toUs: 20, outcome: 'indeterminate' });
  errors.add('item failed', 'later', at(11, 21));
  errors.add('load given up: x', 'y', { fromUs: 5, toUs: 5, outcome: undefined });
  const { failed, indeterminate, pending } = OUTCOME_CODE;
  expect(errors.trace()).toEqual({
    classes: [
      { name: 'item failed', count: 4, example: 'too long' },
      { name: 'http 503', count: 1, example: 'down' },
      { name: 'load given up: x', count: 1, example: 'y' },
    ],
    class: Uint8Array.of(0, 1, 0, 2),
    outcome: Uint8Array.of(failed, indeterminate, failed, pending),
    count: Uint32Array.of(3, 1, 1, 1),
    fromUs: Float64Array.of(10, 10, 11, 5),
    toUs: Float64Array.of(20, 20, 21, 5),
  });
});

test('nothing is counted twice or left out, whatever comes in which order', () => {
  const error = fc.record({
    name: fc.constantFrom('a', 'b', 'c', ...Array.from({ length: 30 }, (_, index) => `more ${index}`)),
    us: fc.integer({ min: 0, max: 3 }),
    count: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(fc.array(error, { maxLength: 200 }), (all) => {
      const errors = new ErrorTally();
      for (const { name, us, count } of all) errors.add(name, name, at(us, us + 1), count);
      const trace = errors.trace();
      const ofClass = trace.classes.map((_, index) =>
        trace.count.reduce((sum, count, entry) => (trace.class[entry] === index ? sum + count : sum), 0),
      );
      expect(ofClass).toEqual(trace.classes.map(({ count }) => count));
      const listed = new Map(errors.list().map((entry) => [entry.class, entry.count]));
      expect(new Map(trace.classes.map(({ name, count }) => [name, count]))).toEqual(listed);
      expect(errors.total).toBe(all.reduce((sum, { count }) => sum + count, 0));
      expect(trace.classes.length).toBeLessThanOrEqual(21);
    }),
  );
});

test('beyond the room for entries errors are counted without their times', () => {
  const errors = new ErrorTally();
  for (let number = 0; number < 200_100; number += 1) errors.add('http 500', 'x', at(number, number + 1));
  const { class: entries, classes } = errors.trace();
  expect(entries).toHaveLength(200_000);
  expect(classes).toEqual([{ name: 'http 500', count: 200_100, example: 'x' }]);
});
