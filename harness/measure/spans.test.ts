import { expect, test } from 'vitest';
import { measuredSpans, overlapUs, totalUs, usWithin } from './spans.ts';

const SLICES = [
  { fromUs: 100, toUs: 200 },
  { fromUs: 500, toUs: 600 },
];

test('a window is measured whole, or in its slices', () => {
  const window = { measuredFromUs: 100, measuredToUs: 600 };
  expect(measuredSpans(window)).toEqual([{ fromUs: 100, toUs: 600 }]);
  expect(measuredSpans({ ...window, slices: SLICES })).toBe(SLICES);
  expect(totalUs(SLICES)).toBe(200);
});

test('time goes on from one slice to the next, and there is none between them', () => {
  const moments = [99, 100, 150, 200, 201, 499, 500, 600, 601];
  expect(moments.map((atUs) => usWithin(SLICES, atUs))).toEqual([
    undefined,
    ...[0, 50, 100],
    undefined,
    undefined,
    ...[100, 200],
    undefined,
  ]);
});

test('what two sets of spans have in common', () => {
  expect(overlapUs(SLICES, SLICES)).toBe(200);
  expect(overlapUs([{ fromUs: 0, toUs: 1_000 }], SLICES)).toBe(200);
  expect(overlapUs([{ fromUs: 190, toUs: 510 }], SLICES)).toBe(20);
  expect(overlapUs([{ fromUs: 250, toUs: 450 }], SLICES)).toBe(0);
});
