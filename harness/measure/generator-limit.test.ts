import { expect, test } from 'vitest';
import { generatorLimit } from './generator-limit.ts';

const lag = (p50: number) => ({ p50, p90: p50 * 2, p99: p50 * 3, p999: p50 * 4, max: 1_000_000 });
const idle = { eventLoopUtilization: 0.3, cpuCores: 0.3, wakeLagUs: null };

test('an event loop that is busy on a core of its own is the limit', () => {
  expect(generatorLimit({ eventLoopUtilization: 0.94, cpuCores: 1.1, wakeLagUs: null })).toBeUndefined();
  expect(generatorLimit({ eventLoopUtilization: 0.956, cpuCores: 0.97, wakeLagUs: null })).toMatch(
    /busy for 96 % .* on 0\.97 cores/,
  );
});

test('one that waits for a core is not: the machine is, unless the server had time left', () => {
  const waiting = { eventLoopUtilization: 1, cpuCores: 0.6, wakeLagUs: null };
  expect(generatorLimit(waiting)).toBeUndefined();
  expect(generatorLimit({ ...waiting, busiestWorker: 0.97 })).toBeUndefined();
  expect(generatorLimit({ ...waiting, busiestWorker: 0.4 })).toMatch(/busy for 100 % .* on 0\.60 cores/);
});

test('one that is woken late is the limit, hiccups are not', () => {
  expect(generatorLimit(idle)).toBeUndefined();
  expect(generatorLimit({ ...idle, wakeLagUs: lag(900) })).toBeUndefined();
  expect(generatorLimit({ ...idle, wakeLagUs: lag(6_250) })).toContain('6.3 ms late');
});
