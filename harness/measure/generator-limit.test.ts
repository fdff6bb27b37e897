import { expect, test } from 'vitest';
import { generatorLimit } from './generator-limit.ts';

const lag = (p50: number) => ({ p50, p90: p50 * 2, p99: p50 * 3, p999: p50 * 4, max: 1_000_000 });

test('a busy event loop or one that is woken late is the limit, hiccups are not', () => {
  expect(generatorLimit({ eventLoopUtilization: 0.89 })).toBeUndefined();
  expect(generatorLimit({ eventLoopUtilization: 0.956 })).toContain('busy for 96 % of the time');
  expect(generatorLimit({ eventLoopUtilization: 0.3, wakeLagUs: null })).toBeUndefined();
  expect(generatorLimit({ eventLoopUtilization: 0.3, wakeLagUs: lag(900) })).toBeUndefined();
  expect(generatorLimit({ eventLoopUtilization: 0.3, wakeLagUs: lag(6_250) })).toContain('6.3 ms late');
});
