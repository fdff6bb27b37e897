import { expect, test } from 'vitest';
import { ConsumerHistory, STRANGER } from '../history/consumer-history.ts';
import type { DeadLetters } from '../history/dead-letters.ts';
import type { SettleOutcome } from '../history/settlement.ts';
import { evidence, promises, story } from '../test/checkers-evidence.ts';
import { checkDeadLetters } from './dead-letters.ts';

const GROUPS = ['', 'g1'];

/** Deliveries of single messages, in order: which message, to which group, and what became of it. */
function history(...deliveries: readonly (readonly [message: number, group: string, outcome: SettleOutcome])[]) {
  const told = new ConsumerHistory(GROUPS);
  for (const [message, group, outcome] of deliveries) {
    const pop = told.openPop({ consumer: 0, group: GROUPS.indexOf(group), invokedUs: 1 });
    told.completePop(pop, { completedUs: 2, httpStatus: 200 });
    told.setOutcome(told.deliver(pop, message, 0), outcome);
  }
  return told;
}

function dead(...letters: readonly (readonly [message: number, group: string])[]): DeadLetters {
  const groups = [...new Set(letters.map(([, group]) => group))];
  return {
    total: letters.length,
    countByMessage: new Uint8Array(3),
    groups,
    message: Uint32Array.from(letters, ([message]) => message),
    group: Uint8Array.from(letters, ([, group]) => groups.indexOf(group)),
  };
}

/** Two retries: three deliveries are promised. */
function judge(told: ConsumerHistory, deadLetters: DeadLetters) {
  const none = { count: 0, examples: [] };
  return checkDeadLetters(
    evidence(
      {
        promises: promises({ retryLimit: 2 }),
        consumption: { history: told, drained: [true, true], unexpected: none, altered: none, malformed: none },
        deadLetters,
      },
      story(['queued', 'queued', 'queued']),
    ),
  );
}

const thrice = (message: number, group: string) =>
  [
    [message, group, 'failed'],
    [message, group, 'unsettled'],
    [message, group, 'refused'],
  ] as const;

test('a message that failed as often as was promised may be given up, for that group alone', () => {
  const told = history(...thrice(1, 'g1'), [1, '', 'completed'], [0, '', 'failed'], [0, '', 'completed']);
  expect(judge(told, dead([1, 'g1']))).toMatchObject({
    verdict: 'valid',
    summary: '1 dead letters, each after all its deliveries had failed',
    counts: { deadLetters: 1, givenUpEarly: 0 },
  });
  expect(judge(told, dead([1, '']))).toMatchObject({
    verdict: 'invalid',
    counts: { givenUpEarly: 1, givenUpAfterAck: 1 },
  });
});

test('given up at the first failure, as if there were no retries: a violation with the message', () => {
  expect(judge(history([2, '', 'failed']), dead([2, '']))).toMatchObject({
    verdict: 'invalid',
    summary: '1 givenUpEarly',
    witness: [expect.stringContaining('message 2 ')],
  });
});

test('a pop that was never answered may have been the delivery that is missing', () => {
  const told = history([2, '', 'failed'], [2, '', 'failed']);
  told.openPop({ consumer: 0, group: 1, invokedUs: 5 });
  expect(judge(told, dead([2, ''])).verdict).toBe('invalid');
  told.openPop({ consumer: 0, group: 0, invokedUs: 5 });
  expect(judge(told, dead([2, ''])).verdict).toBe('valid');
});

test('retries without end are a violation, and so is a message that was given up twice', () => {
  expect(judge(history(...thrice(0, ''), [0, '', 'failed']), dead())).toMatchObject({
    verdict: 'invalid',
    summary: '1 deliveredBeyondLimit',
  });
  expect(judge(history(...thrice(0, '')), dead([0, ''], [0, '']))).toMatchObject({ summary: '1 repeated' });
});

test('a dead letter that is no message of the run is a violation', () => {
  expect(judge(history(), dead([STRANGER, '']))).toMatchObject({ verdict: 'invalid', summary: '1 unexpected' });
});

test('without dead letters or consumers: unknown', () => {
  expect(checkDeadLetters(evidence())).toMatchObject({
    verdict: 'unknown',
    summary: 'cannot be judged: nobody looked; nobody consumed',
  });
});
