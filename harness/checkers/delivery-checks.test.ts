import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ModelDefect } from '../test/model-queue.ts';
import { modelRun } from '../test/model-run.ts';
import { runChecks } from './run-checks.ts';

const DELIVERY_CHECKS = [
  'accounting',
  'double-accept',
  'redelivery',
  'leases',
  'acks',
  'partition-order',
  'skip',
  'liveness',
] as const;

test('no run of a model server without fault is accused', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const results = runChecks(DELIVERY_CHECKS, modelRun(seed));
      expect(results.filter(({ verdict }) => verdict === 'invalid')).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

describe('a model server with a defect is accused by the check that is meant for it', () => {
  const meant: readonly (readonly [ModelDefect, (typeof DELIVERY_CHECKS)[number], string])[] = [
    ['forgets', 'accounting', 'neverStored'],
    ['stores-twice', 'double-accept', 'queuedTwice'],
    ['false-duplicate', 'accounting', 'falseDuplicate'],
    ['backwards', 'partition-order', 'overtookInRequest'],
    ['overtakes-buffer', 'partition-order', 'overtook'],
    ['unreachable', 'skip', 'skipped'],
    ['unreachable', 'accounting', 'storedUnreachable'],
    ['short-lease', 'leases', 'messageLeasedTwice'],
    ['forgets-ack', 'redelivery', 'redelivered'],
    ['stale-ack', 'acks', 'staleAccepted'],
    ['refuses', 'acks', 'refused'],
    ['passes-over', 'skip', 'passedOver'],
    ['drops-failed', 'skip', 'passedOver'],
    ['shuffles', 'skip', 'disordered'],
  ];

  test.each(meant)('%s: %s finds %s', (defect, check, violation) => {
    const seeds = Array.from({ length: 20 }, (_, seed) => seed);
    const caught = seeds.filter((seed) => {
      const [result] = runChecks([check], modelRun(seed, defect));
      return (result?.counts[violation] ?? 0) > 0;
    });
    expect(caught.length).toBeGreaterThanOrEqual(5);
  });
});
