import { expect, test } from 'vitest';
import { CHECK_NAMES, DEFAULT_CHECKS } from '../scenario/scenario.ts';
import { evidence } from '../test/checkers-evidence.ts';
import { CHECKS, runChecks } from './run-checks.ts';

test('every check a scenario can name exists under that name, and acquits a good run', () => {
  // acks is not asked for: it is made whenever consumers acknowledge by request.
  expect(Object.keys(CHECKS).sort()).toEqual([...CHECK_NAMES, 'acks'].sort());
  const results = runChecks(DEFAULT_CHECKS, evidence());
  expect(results.map(({ name, verdict }) => [name, verdict])).toEqual(DEFAULT_CHECKS.map((name) => [name, 'valid']));
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
