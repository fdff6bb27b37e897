import { expect, test } from 'vitest';
import { waitShares } from './session-waits.ts';

test('waits for the log and for locks are shares of all sessions at work', () => {
  const waits = {
    'IO: WalSync': 2,
    // As PostgreSQL before 17 writes it.
    'IO: WALWrite': 1,
    'LWLock: WALWrite': 3,
    'LWLock: WALInsert': 1,
    'Lock: tuple': 1.5,
    'Lock: transactionid': 0.5,
    running: 10,
    'idle in transaction': 1,
  };
  const seen = Object.entries(waits).map(([of, sessions]) => ({ of, sessions }));
  expect(waitShares(seen)).toEqual({ walWaitShare: 0.3, lockWaitShare: 0.1 });
});

test('sessions that nobody saw at work have no shares, not shares of 0', () => {
  expect(waitShares([])).toEqual({});
  expect(waitShares([{ of: 'running', sessions: 0 }])).toEqual({});
});
