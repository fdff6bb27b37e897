import { expect, it } from 'vitest';
import { passedResult } from '../test/sample-result.ts';
import { intervalOfRatio, titleOfRatio } from './ratio-title.ts';
import type { Result } from './result.ts';

function title(numerator: string, denominator: string): string {
  const { pair, context } = titleOfRatio({ numerator, denominator, metric: 'throughput', median: 1, low: 1, high: 1 });
  return `${pair} | ${context}`;
}

it('tells once what both arms have in common', () => {
  expect(title('push batch=100', 'push-legacy batch=100')).toBe('push / push-legacy | batch=100');
  expect(title('push', 'push-legacy')).toBe('push / push-legacy | ');
});

it('keeps the whole names when nothing would be left of one', () => {
  expect(title('push workers=4', 'push')).toBe('push workers=4 / push | ');
});

it('has no interval for a single round', () => {
  const { ratios, arms } = passedResult();
  const [ratio] = ratios as [Result['ratios'][number]];
  expect(intervalOfRatio(ratio, arms)).toBe('[1.55, 1.71]');
  const single = arms.map((arm) => ({ ...arm, rounds: 1 }));
  expect(intervalOfRatio(ratio, single)).toBeUndefined();
});
