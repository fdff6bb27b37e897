import { expect, test } from 'vitest';
import { sampleBlock } from '../test/sample-block.ts';
import { sampleGate } from '../test/sample-gate.ts';
import { calibrationOf, type Trial } from './calibrate.ts';
import { renderCalibration } from './calibration-table.ts';
import { DEFAULT_RULE } from './decision.ts';
import type { GateResult } from './gate-result.ts';

const order = { rule: DEFAULT_RULE, gateMinutes: 5 };

function trial(slowed: Trial['slowed'], verdict: GateResult['verdict'], ratios: readonly number[]): Trial {
  const { environment } = sampleGate();
  const blocks = ratios.map((ratio, index) => sampleBlock({ number: index + 1, ratio }));
  return { slowed, result: { verdict, environment }, blocks };
}

test('false alarms are told by gates of equal versions, power by slowed ones, and the noise by blocks of equal ones', () => {
  const calibration = calibrationOf(
    [
      trial(undefined, 'pass', [1.02, 0.98, 1.01, 0.99]),
      trial(20, 'fail', [0.8, 0.82]),
      trial(undefined, 'inconclusive', [1.01, 0.99]),
      trial(20, 'inconclusive', [0.8, 0.82]),
    ],
    order,
  );
  expect(calibration.falseAlarms).toEqual({ gates: 2, failed: 0 });
  expect(calibration.power).toEqual([
    { slowdown: 0.05, gates: 0, failed: 0 },
    { slowdown: 0.1, gates: 0, failed: 0 },
    { slowdown: 0.2, gates: 2, failed: 1 },
  ]);
  const throughput = calibration.metrics.find(({ metric }) => metric === 'throughput');
  expect(throughput).toMatchObject({ arm: 'push', kind: 'speed', blocks: 6 });
  expect(throughput?.offset.ratio).toBeCloseTo(1, 3);
  expect(throughput?.blockSd).toBeGreaterThan(0.01);
  expect(throughput?.blockSd).toBeLessThan(0.02);
  expect(throughput?.smallestChange).toBeGreaterThan(DEFAULT_RULE.margin);
  // Blocks of 20 s: 15 of them fit into 5 minutes.
  expect(calibration.blocks).toBe(15);
});

test('a gate of equal versions that failed is a false alarm, and one block gives no idea of the noise', () => {
  const calibration = calibrationOf([trial(undefined, 'fail', [1])], order);
  expect(calibration.falseAlarms).toEqual({ gates: 1, failed: 1 });
  expect(calibration.metrics).toEqual([]);
});

test('the table fits 100 columns and ends with what it comes to', () => {
  const text = renderCalibration(calibrationOf([trial(undefined, 'pass', [1.02, 0.98, 1.01])], order));
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  expect(text).toContain('0 of 1 gates of equal versions failed');
});
