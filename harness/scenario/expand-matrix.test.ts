import fc from 'fast-check';
import { expect, test } from 'vitest';
import { interleave } from './expand-matrix.ts';
import { planScenario } from './plan-scenario.ts';

function plan(matrix: object, rounds = 1) {
  const text = JSON.stringify({ question: 'Q', matrix, rounds });
  return planScenario({ name: 'x', file: 'x.yaml', text }, { sets: [], quick: false });
}

test('odd rounds run forwards, even rounds backwards', () => {
  const { arms } = plan({ 'load.route': ['push', 'push-legacy'] });
  expect(interleave(arms, 3).map(({ arm, round }) => `${round} ${arm.name}`)).toEqual([
    '1 push',
    '1 push-legacy',
    '2 push-legacy',
    '2 push',
    '3 push',
    '3 push-legacy',
  ]);
});

test('a map of an axis shows only the leaves that differ, with the scenario in the place of what it leaves out', () => {
  const { arms } = plan({
    load: [
      { batch: 5, partitions: 3 },
      { batch: 5, closed: { connections: 4 } },
    ],
  });
  expect(arms.map(({ name }) => name)).toEqual(['partitions=3', 'partitions=10']);
  expect(arms[1]?.varied).toEqual({ 'load.partitions': 10, 'load.closed.connections': 4 });
  expect(arms.map(({ load }) => [load.batch, load.partitions, load.connections])).toEqual([
    [5, 3, 16],
    [5, 10, 4],
  ]);
});

test('arms whose short names would be alike get full ones', () => {
  const settings = { 'postgres.settings.b': ['1', '1 c=2'], 'postgres.settings.c': ['2 c=3', '3'] };
  const { arms } = plan(settings);
  expect(new Set(arms.map(({ name }) => name)).size).toBe(4);
});

const values = (max: number) => fc.uniqueArray(fc.integer({ min: 1, max }), { minLength: 1, maxLength: 5 });

test('a matrix makes every combination once, under names of their own, and every round runs each arm once', () => {
  const matrices = fc.record(
    {
      'load.route': fc.uniqueArray(fc.constantFrom('push', 'push-legacy'), { minLength: 1 }),
      'load.batch': values(10_000),
      'server.workers': values(64),
      'load.closed.connections': values(1000),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(matrices, fc.integer({ min: 1, max: 4 }), (matrix, rounds) => {
      const product = Object.values(matrix).reduce((count, axis) => count * axis.length, 1);
      fc.pre(product * rounds <= 1000);
      const { arms, runs } = plan(matrix, rounds);
      expect(new Set(arms.map(({ varied }) => JSON.stringify(varied))).size).toBe(product);
      expect(new Set(arms.map(({ name }) => name)).size).toBe(arms.length);
      expect(new Set(runs.map(({ arm, round }) => `${round} ${arm.name}`)).size).toBe(product * rounds);
      expect(runs).toHaveLength(product * rounds);
    }),
    { numRuns: 50 },
  );
});
