import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Asks for more whenever something was granted, as a stream does; returns what it got so far. */
function takeForever(bucket: TokenBucket): () => number {
  let taken = 0;
  const ask = () =>
    bucket.request(100_000, (granted) => {
      taken += granted;
      ask();
    });
  ask();
  return () => taken;
}

const bucketOf = (bytesPerS: number) => new TokenBucket(bytesPerS, () => performance.now());

test.each([1, 99, 10_000, 1_000_000, 50_000_000])(
  '%d bytes a second are let through, no more and no less',
  (bytesPerS) => {
    const taken = takeForever(bucketOf(bytesPerS));
    vi.advanceTimersByTime(10_000);
    expect(taken()).toBeGreaterThanOrEqual(bytesPerS * 9.9);
    // What was saved up at the start comes on top.
    expect(taken()).toBeLessThanOrEqual(bytesPerS * 10.02 + 1);
  },
);

test('streams side by side get equal shares', () => {
  const bucket = bucketOf(100_000);
  const streams = [takeForever(bucket), takeForever(bucket), takeForever(bucket)];
  vi.advanceTimersByTime(30_000);
  const [first = 0, ...others] = streams.map((taken) => taken());
  expect(first).toBeGreaterThan(990_000);
  for (const other of others) expect(Math.abs(other - first)).toBeLessThan(10_000);
});

test('time without use saves little up', () => {
  const bucket = bucketOf(1_000_000);
  vi.advanceTimersByTime(60_000);
  const taken = takeForever(bucket);
  expect(taken()).toBeLessThanOrEqual(20_000);
});

test('a small request is granted whole, and at once when there are tokens', () => {
  const granted: number[] = [];
  bucketOf(1_000_000).request(10, (bytes) => granted.push(bytes));
  expect(granted).toEqual([10]);
});
