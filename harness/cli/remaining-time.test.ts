import { expect, test } from 'vitest';
import { remainingMs } from './remaining-time.ts';

const estimatedMs = 120_000;

test('the estimate before anything is known, and nothing when all is done', () => {
  expect(remainingMs({ estimatedMs, elapsedMs: 3000, done: 0, runs: 12 })).toBe(120_000);
  expect(remainingMs({ estimatedMs, elapsedMs: 90_000, done: 12, runs: 12 })).toBe(0);
});

test('what was twice as slow as was thought will be so again; one odd run does not count for more than four', () => {
  expect(remainingMs({ estimatedMs, elapsedMs: 120_000, done: 6, runs: 12 })).toBe(120_000);
  expect(remainingMs({ estimatedMs, elapsedMs: 30_000, done: 6, runs: 12 })).toBe(30_000);
  expect(remainingMs({ estimatedMs, elapsedMs: 1_000_000, done: 1, runs: 12 })).toBeCloseTo(4 * 110_000);
});
