import { expect, it } from 'vitest';
import { accountingTotals } from './accounting-totals.ts';
import type { CheckRecord } from './result.ts';

function accounting(round: number, counts: Record<string, number>): CheckRecord {
  return { name: 'accounting', arm: 'push', round, verdict: 'valid', summary: '', counts, witness: [] };
}

it('adds up the rounds of an arm and names only the further counts that say something', () => {
  const rounds = [
    accounting(1, {
      attempted: 10,
      acknowledged: 9,
      queued: 9,
      stored: 9,
      delivered: 9,
      lost: 0,
      rejected: 1,
      altered: 0,
    }),
    accounting(2, {
      attempted: 20,
      acknowledged: 20,
      queued: 20,
      stored: 20,
      delivered: 19,
      lost: 1,
      rejected: 0,
      altered: 0,
    }),
  ];
  expect(accountingTotals(rounds)).toEqual([
    {
      arm: 'push',
      rounds: 2,
      attempted: 30,
      acknowledged: 29,
      stored: 29,
      delivered: 28,
      others: { lost: 1, rejected: 1 },
    },
  ]);
});

it('does not add up a stage that one round could not count', () => {
  const rounds = [accounting(1, { attempted: 10, stored: 10 }), accounting(2, { attempted: 10 })];
  expect(accountingTotals(rounds)[0]).toMatchObject({ attempted: 20, stored: null, delivered: null });
});
