import { describe, expect, test } from 'vitest';
import type { ItemOutcome } from '../history/item-outcome.ts';
import { rows } from '../test/checkers-evidence.ts';
import { type ToldRepeat, toldRun } from '../test/told-run.ts';
import { checkDoubleAccept } from './double-accept.ts';

/** One message pushed with the first answer and sent again for each of the others; stored so many times. */
function judge(answers: readonly ItemOutcome[], stored: number | 'unknown' = 1, legacy = false) {
  const [first = 'queued', ...others] = answers;
  const pushes = [
    { at: [0, 1], answers: 'queued' },
    { at: [2, 9], answers: ['queued', first] },
  ] as const;
  const repeats = others.map(
    (answer, nth): ToldRepeat => ({ of: 1, at: [5 + nth, 6 + nth], answers: ['duplicate', answer], legacy }),
  );
  const told = toldRun({ pushes, repeats, pops: [] });
  const known = rows({ ledger: told.ledger, stored: [1, 1, stored === 'unknown' ? 0 : stored], delivered: [] });
  return checkDoubleAccept({ ...told, rows: stored === 'unknown' ? { missing: 'gone' } : known });
}

describe('legal', () => {
  test.each([
    ['a repeat that is a duplicate', ['queued', 'duplicate'], 1],
    ['a duplicate that was faster than the original', ['duplicate', 'queued'], 1],
    ['a repeat after an answer that did not come', ['indeterminate', 'queued'], 1],
    ['a repeat after a failure', ['failed', 'queued'], 1],
    ['buffered beside queued, with one row', ['queued', 'buffered'], 1],
    ['buffered twice, with one row', ['buffered', 'buffered', 'duplicate'], 1],
    ['two rows that nobody was told of: accounting tells of them', ['queued', 'duplicate'], 2],
  ] as const)('%s', (_what, answers, stored) => {
    expect(judge(answers, stored)).toMatchObject({
      verdict: 'valid',
      counts: { repeatedRequests: answers.length - 1, repeatedMessages: 2, queuedTwice: 0, bufferedTwice: 0 },
    });
  });
});

describe('illegal', () => {
  test('queued twice, whatever the rows say', () => {
    for (const stored of [0, 1, 2, 'unknown'] as const) {
      const result = judge(['queued', 'queued'], stored, true);
      expect(result).toMatchObject({ verdict: 'invalid', counts: { queuedTwice: 1, bufferedTwice: 0 } });
      expect(result.witness).toEqual([
        'queuedTwice: message 2 (transaction id r1-2, producer 0, partition 0), invoked at 2 ms, completed at 9 ms, answered queued ' +
          '(HTTP 201), sent again through /api/v1/push-legacy at 5 ms, answered queued at 6 ms, ' +
          "see: select * from queen.messages where transaction_id = 'r1-2'",
      ]);
    }
  });

  test('twice by the repeats alone', () => {
    expect(judge(['indeterminate', 'queued', 'queued'])).toMatchObject({ counts: { queuedTwice: 1 } });
  });

  test.each([
    ['buffered', 'queued'],
    ['queued', 'buffered'],
    ['buffered', 'buffered'],
  ] as const)('%s and %s with two rows', (...answers) => {
    expect(judge(answers, 2)).toMatchObject({ verdict: 'invalid', counts: { bufferedTwice: 1, queuedTwice: 0 } });
  });
});

test('without repeats, or with buffered ones and without rows, nobody knows', () => {
  expect(judge(['queued'])).toMatchObject({ verdict: 'unknown', summary: expect.stringContaining('sent twice') });
  expect(judge(['queued', 'buffered'], 'unknown')).toMatchObject({
    verdict: 'unknown',
    summary: expect.stringContaining('1 repeated messages were buffered'),
  });
});
