import { expect, test } from 'vitest';
import { sparkline } from './sparkline.ts';

test('the lowest value has the lowest bar and the highest the highest', () => {
  expect(sparkline([1, 2, 3, 4, 5, 6, 7, 8], 40)).toBe('▁▂▃▄▅▆▇█');
});

test('what hardly varies is flat, and of more values than fit the latest are drawn', () => {
  expect(sparkline([100, 100.01, 100], 40)).toBe('▄▄▄');
  expect(sparkline([9, 9, 9, 1, 2], 2)).toBe('▁█');
  expect(sparkline([], 40)).toBe('');
  expect(sparkline([0, 0], 40)).toBe('▄▄');
});
