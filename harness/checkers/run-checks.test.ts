import { expect, test } from 'vitest';
import { CHECK_NAMES } from '../scenario/scenario.ts';
import { evidence } from '../test/checkers-evidence.ts';
import { acked, nacked, type ToldPush, type ToldRepeat, toldRun } from '../test/told-run.ts';
import { CHECKS, runChecks } from './run-checks.ts';

test('every check a scenario can name exists under that name, and acquits a good run', () => {
  expect(Object.keys(CHECKS).sort()).toEqual([...CHECK_NAMES].sort());
  const pushes: ToldPush[] = [{ at: [0, 1] }, { at: [2, 3] }, { at: [20, 21] }];
  const repeats: ToldRepeat[] = [{ of: 1, at: [5, 6], answers: 'duplicate' }];
  const pops = [
    nacked([4, 7], [0, 1]),
    acked([10, 11], [0, 1]),
    acked([15, 22], [2]),
    { at: [30, 31], brings: [] },
  ] as const;
  // Those of faults, of processes and of encryption need evidence that is told in their own tests.
  const judged = CHECK_NAMES.filter((name) => !['faults', 'failover', 'leaks', 'encryption'].includes(name));
  const results = runChecks(judged, toldRun({ pushes, repeats, pops }));
  expect(results.map(({ name, verdict }) => [name, verdict])).toEqual(judged.map((name) => [name, 'valid']));
});

test.each(['no-such-check', 'toString'])('an unknown check (%s) is unknown, never valid', (name) => {
  expect(runChecks([name], evidence())).toMatchObject([{ name, verdict: 'unknown' }]);
});

test('a check that breaks is unknown and says how; the others still judge', () => {
  const broken = evidence();
  Object.defineProperty(broken.ledger, 'messages', {
    get: () => {
      throw new Error('the ledger is torn');
    },
  });
  expect(runChecks(['accounting', 'server-errors'], broken)).toMatchObject([
    { name: 'accounting', verdict: 'unknown', summary: expect.stringContaining('the ledger is torn') },
    { name: 'server-errors', verdict: 'valid' },
  ]);
});
