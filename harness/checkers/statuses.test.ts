import { expect, test } from 'vitest';
import { Ledger } from '../history/ledger.ts';
import { evidence, messageId, story } from '../test/checkers-evidence.ts';
import { MessageIdSet } from './message-id-set.ts';
import { checkStatuses } from './statuses.ts';

test('answers in contract with ids of their own are valid', () => {
  expect(checkStatuses(evidence({}, story(['queued', 'duplicate', 'buffered', 'queued'])))).toMatchObject({
    verdict: 'valid',
    counts: { attempted: 4, queued: 2, duplicate: 1, buffered: 1, malformed: 0 },
    witness: [],
  });
});

test.each(['malformed', 'failed', 'rejected', 'indeterminate'] as const)('an item that is %s is not', (outcome) => {
  expect(checkStatuses(evidence({}, story(['queued', 'queued', outcome])))).toMatchObject({
    verdict: 'invalid',
    summary: `1 ${outcome}`,
    counts: { [outcome]: 1 },
    witness: [expect.stringContaining(`${outcome}: message 2 `)],
  });
});

test('a queued item without a message id is not', () => {
  const { ledger, ...rest } = story(['queued', 'queued', 'rejected']);
  ledger.setOutcome(2, 'queued');
  expect(checkStatuses(evidence({}, { ledger, ...rest }))).toMatchObject({
    verdict: 'invalid',
    counts: { withoutMessageId: 1, repeatedMessageId: 0 },
  });
});

test('a message id that was given twice is not', () => {
  const told = story(['queued', 'queued', 'queued', 'queued']);
  told.ledger.setMessageId(3, messageId(1));
  expect(checkStatuses(evidence({}, told))).toMatchObject({
    verdict: 'invalid',
    counts: { repeatedMessageId: 1, withoutMessageId: 0 },
    witness: [expect.stringContaining(messageId(1).replaceAll('-', ''))],
  });
});

test('without messages, or with one that nobody closed, the check is unknown', () => {
  expect(checkStatuses(evidence({}, story([])))).toMatchObject({ verdict: 'unknown' });
  expect(checkStatuses(evidence({}, story(['queued', 'pending'])))).toMatchObject({ verdict: 'unknown' });
});

test('a million ids of the same millisecond are told apart in five seconds', () => {
  const messages = 1_000_000;
  const ledger = new Ledger('r');
  ledger.open({ producer: 0, partition: 0, messages, invokedUs: 0 });
  for (let message = 0; message < messages; message += 1) {
    ledger.setOutcome(message, 'queued');
    ledger.setMessageId(message, messageId(message));
  }
  const startedMs = performance.now();
  expect(checkStatuses(evidence({}, { ledger, stored: [], delivered: [] }))).toMatchObject({ verdict: 'valid' });
  expect(performance.now() - startedMs).toBeLessThan(5000);
});

test('ids that differ in one digit are different, whichever it is', () => {
  const digits = '0123456789abcdef0123456789abcdef';
  const ids = [
    digits,
    ...[...digits].map((digit, at) => digits.slice(0, at) + (digit === '7' ? '8' : '7') + digits.slice(at + 1)),
  ];
  const set = new MessageIdSet(ids.length);
  expect(ids.map((id) => set.add(id))).toEqual(ids.map(() => true));
  expect(ids.map((id) => new Set(ids).has(id) && new MessageIdSet(1).add(id))).toEqual(ids.map(() => true));
  expect(ids.map((id) => set.add(id))).toEqual(ids.map(() => false));
});

test.each([
  ['accepted', 'badItemAccepted'],
  ['malformed', 'badItemMalformed'],
] as const)('an item that no server can keep, %s, is told', (what, violation) => {
  const badItems = {
    ...evidence().badItems,
    sent: 9,
    refused: 8,
    [what]: { count: 1, examples: ['an item of kind nul-id'] },
  };
  expect(checkStatuses(evidence({ badItems }))).toMatchObject({
    verdict: 'invalid',
    counts: { [violation]: 1 },
    witness: [`${violation}: an item of kind nul-id`],
  });
});
