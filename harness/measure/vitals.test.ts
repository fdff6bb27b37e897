import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { VitalsMeter, vitalReadings } from './vitals.ts';

function block(forMs: number): void {
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs);
}

test('a stall is seen whether its end is a look or the question, and told once', async () => {
  using meter = new VitalsMeter();
  await sleep(50);
  meter.read();
  block(600);
  const asked = meter.read();
  expect(asked.eventLoopDelayMs).toBeGreaterThan(500);
  expect(asked.eventLoopUtilization).toBeGreaterThan(0.9);
  await sleep(50);
  expect(meter.read().eventLoopDelayMs).toBeLessThan(300);
  block(600);
  await sleep(50);
  expect(meter.read().eventLoopDelayMs).toBeGreaterThan(500);
});

test('vitals are readings of the process they are of', () => {
  using meter = new VitalsMeter();
  const readings = vitalReadings('harness', meter.read());
  expect(readings.map(({ metric, of }) => [metric, of])).toEqual([
    ['eventLoopUtilization', 'harness'],
    ['eventLoopDelayMs', 'harness'],
    ['cpuCores', 'harness'],
    ['rssBytes', 'harness'],
  ]);
});
