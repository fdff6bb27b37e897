import { expect, test } from 'vitest';
import { LineSpans } from './line-spans.ts';

function spansOf(times: readonly number[]) {
  const spans = new LineSpans();
  for (const atMs of times) spans.add(atMs);
  return spans.list();
}

test('lines that follow closely are one stretch, others are their own', () => {
  expect(spansOf([1000, 1090, 1190, 1291, 5000])).toEqual([
    { fromMs: 1000, toMs: 1190, count: 3 },
    { fromMs: 1291, toMs: 1291, count: 1 },
    { fromMs: 5000, toMs: 5000, count: 1 },
  ]);
});

test('lines that come out of order find their place', () => {
  expect(spansOf([1000, 3000, 1050, 500, 2999])).toEqual([
    { fromMs: 500, toMs: 500, count: 1 },
    { fromMs: 1000, toMs: 1050, count: 2 },
    { fromMs: 2999, toMs: 2999, count: 1 },
    { fromMs: 3000, toMs: 3000, count: 1 },
  ]);
});

test('a log that goes wrong for hours takes no more room, and its longest pauses stay', () => {
  const times = Array.from({ length: 5000 }, (_, index) => index * 1000 + (index >= 2500 ? 60_000 : 0));
  const spans = spansOf(times);
  expect(spans).toHaveLength(200);
  expect(spans.reduce((sum, { count }) => sum + count, 0)).toBe(5000);
  expect(spans.find(({ fromMs }) => fromMs === 2_560_000)).toBeDefined();
});
