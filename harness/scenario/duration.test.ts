import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationToMs } from './duration.ts';

test.each([
  ['500ms', 500],
  ['1.5s', 1500],
  ['2m', 120_000],
  ['0s', 0],
])('%s is %d ms', (text, ms) => {
  expect(durationToMs(text)).toBe(ms);
});

test.each(['', '5', 's', '-1s', '1 s', '1h', '1.s', '.5s', '1e3ms', '1s2ms', '9999999s'])(
  '%j is no duration',
  (text) => {
    expect(() => durationToMs(text)).toThrow(RangeError);
  },
);

test('any amount in its range is read, and fits a timer', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 9999 }),
      fc.constantFrom(['ms', 1], ['s', 1000], ['m', 60_000]),
      (n, [unit, ms]) => {
        const read = durationToMs(`${n}${unit}`);
        return read === n * Number(ms) && read < 2 ** 31;
      },
    ),
  );
});
