import { expect, test } from 'vitest';
import { passedResult } from '../test/sample-result.ts';
import { matrixAxes, placeOfArm } from './matrix-axes.ts';
import type { ArmResult } from './result.ts';

function arms(...parameters: readonly Readonly<Record<string, unknown>>[]): readonly ArmResult[] {
  const [arm] = passedResult().arms as [ArmResult];
  return parameters.map((own, index) => ({
    ...arm,
    name: `arm ${index}`,
    parameters: { 'load.payloadBytes': 100, ...own },
  }));
}

test('what was varied independently is an axis; what follows from it, and what all have, is none', () => {
  const compared = arms(
    { 'load.route': 'push', 'load.batch': 100, 'load.warmUpMs': 1000, 'load.connections': 16 },
    { 'load.route': 'push-legacy', 'load.batch': 100, 'load.warmUpMs': 3000, 'load.connections': 16 },
    { 'load.route': 'push', 'load.batch': 1, 'load.warmUpMs': 1000, 'load.connections': 64 },
    { 'load.route': 'push-legacy', 'load.batch': 1, 'load.warmUpMs': 5000, 'load.connections': 64 },
  );
  expect(matrixAxes(compared)).toEqual([
    { key: 'load.route', label: 'route', values: ['push', 'push-legacy'] },
    { key: 'load.batch', label: 'batch', values: ['100', '1'] },
  ]);
});

test('an arm that says nothing of a parameter has its own place on the axis', () => {
  const compared = arms({ 'server.workers': 2 }, { 'server.workers': 2, 'server.databaseLatencyMs': 5 });
  const [axis] = matrixAxes(compared);
  expect(axis).toEqual({ key: 'server.databaseLatencyMs', label: 'databaseLatencyMs', values: ['–', '5'] });
  expect(compared.map((arm) => axis && placeOfArm(arm, axis.key))).toEqual(['–', '5']);
});

test('one arm varies nothing', () => {
  expect(matrixAxes(arms({ 'server.workers': 2 }))).toEqual([]);
});
