import { describe, expect, test } from 'vitest';
import { ITEM_OUTCOMES } from '../history/item-outcome.ts';
import { Ledger } from '../history/ledger.ts';
import { BAD_ITEM_KINDS, type BadItem, BadItemRecord } from './bad-items.ts';
import { ErrorTally } from './error-tally.ts';
import { judgeReply } from './judge-reply.ts';

const ID = '01a20679-6f42-7001-a385-8649ba840ae9';

/** A well-formed answer to message `number` of run `r`. */
function item(number: number, status = 'queued', more: object = { message_id: ID }) {
  return { status, transaction_id: `r-${number}`, ...more };
}

/** Judges a reply to a request of three messages, numbers 2, 3 and 4. */
function judge(httpStatus: number, body: unknown) {
  const ledger = new Ledger('r');
  ledger.open({ producer: 0, partition: 0, messages: 2, invokedUs: 1 });
  const request = ledger.open({ producer: 0, partition: 0, messages: 3, invokedUs: 1 });
  const errors = new ErrorTally();
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const acknowledged = judgeReply({ ledger, request, firstNumber: 2 }, { httpStatus, body: text }, errors);
  const outcomes = [2, 3, 4].map((message) => ITEM_OUTCOMES[ledger.outcomeCode(message)]);
  // The messages of the other request are nobody's business.
  expect([ledger.outcomeCode(0), ledger.outcomeCode(1)]).toEqual([0, 0]);
  return { acknowledged, outcomes, errors: errors.list().map((entry) => `${entry.count} ${entry.class}`), ledger };
}

test('every word of the contract is taken as it is', () => {
  const verdict = judge(201, [item(2), item(3, 'duplicate'), item(4, 'buffered', {})]);
  expect(verdict).toMatchObject({ acknowledged: 2, outcomes: ['queued', 'duplicate', 'buffered'], errors: [] });
  expect(verdict.ledger.messageIdHex(3)).toBe(ID.replaceAll('-', ''));
});

test('a failed item does not touch its neighbours', () => {
  const verdict = judge(200, [item(2), item(3, 'failed', { error: 'too long' }), item(4)]);
  expect(verdict).toMatchObject({
    acknowledged: 2,
    outcomes: ['queued', 'failed', 'queued'],
    errors: ['1 item failed'],
  });
});

test.each([
  ['an empty status', item(3, ''), 'item status ""'],
  ['a status that is no text', { ...item(3), status: ['queued'] }, 'item status ["queued"]'],
  ['another id', item(7), 'item with another transaction id'],
  ['no id', { status: 'queued', message_id: ID }, 'item with another transaction id'],
  ['no message id', item(3, 'queued', {}), 'item without message id'],
  ['a message id that is no UUID', item(3, 'duplicate', { message_id: '7' }), 'item without message id'],
  ['no object', 'queued', 'item unreadable'],
  ['null', null, 'item unreadable'],
])('an item with %s is malformed', (_, answer, errorClass) => {
  const verdict = judge(200, [item(2), answer, item(4)]);
  expect(verdict).toMatchObject({ outcomes: ['queued', 'malformed', 'queued'], errors: [`1 ${errorClass}`] });
});

test('two items in each other’s place are both malformed', () => {
  expect(judge(200, [item(3), item(2), item(4)]).outcomes).toEqual(['malformed', 'malformed', 'queued']);
});

test('a dropped item leaves itself and all behind it unanswered', () => {
  const verdict = judge(200, [item(2), item(4)]);
  expect(verdict.outcomes).toEqual(['queued', 'malformed', 'malformed']);
  expect(verdict.errors).toContain('1 item missing');
});

test('more items than messages: nobody knows whose they are, none counts', () => {
  const verdict = judge(200, [item(2), item(3), item(4), item(5)]);
  expect(verdict).toMatchObject({ acknowledged: 0, errors: ['1 item for no message'] });
});

test.each([
  [400, { error: 'no such queue' }, 'rejected', 'http 400'],
  [413, '', 'rejected', 'http 413'],
  [500, [item(2), item(3), item(4)], 'indeterminate', 'http 500'],
  [503, { error: 'down' }, 'indeterminate', 'http 503'],
  [200, { error: 'sorry' }, 'malformed', 'error under HTTP 200'],
  [200, '', 'malformed', 'unreadable reply'],
  [200, '[{"status":"queued"', 'malformed', 'unreadable reply'],
  [302, '', 'malformed', 'http 302'],
])('HTTP %i with %j: all messages %s', (httpStatus, body, outcome, errorClass) => {
  const verdict = judge(httpStatus, body);
  expect(verdict).toMatchObject({
    acknowledged: 0,
    outcomes: [outcome, outcome, outcome],
    errors: [`1 ${errorClass}`],
  });
});

test('error classes and their examples are bounded', () => {
  const errors = new ErrorTally();
  for (let number = 0; number < 1_000; number += 1) {
    const moment = { fromUs: number, toUs: number, outcome: 'malformed' } as const;
    errors.add(`item status "${number}"`, 'x'.repeat(10_000), moment);
  }
  expect(errors.total).toBe(1_000);
  const classes = errors.list();
  expect(classes[0]).toMatchObject({ class: 'other', count: 980 });
  expect(classes).toHaveLength(21);
  for (const entry of classes) expect(entry.example.length).toBeLessThan(400);
});

describe('a bad item at the end', () => {
  const NUMBERS = [2, 3, 4];

  /** Judges the answers to messages 2, 3 and 4 and to a bad item of this kind. */
  function judgeBad(kind: BadItem['kind'], items: readonly unknown[]) {
    const ledger = new Ledger('r');
    ledger.open({ producer: 0, partition: 0, messages: 2, invokedUs: 1 });
    const request = ledger.open({ producer: 0, partition: 0, messages: 3, invokedUs: 1 });
    const errors = new ErrorTally();
    const record = new BadItemRecord('r');
    const bad = BAD_ITEM_KINDS.map(() => record.next()).find((made) => made.kind === kind);
    if (bad === undefined) throw new Error(`there is no ${kind}`);
    const judged = { ledger, request, firstNumber: 2, bad: { item: bad, record } };
    const acknowledged = judgeReply(judged, { httpStatus: 201, body: JSON.stringify(items) }, errors);
    const outcomes = NUMBERS.map((message) => ITEM_OUTCOMES[ledger.outcomeCode(message)]);
    return { acknowledged, outcomes, ...record.result(), errors: errors.list().map((entry) => entry.class), ledger };
  }
  const good = NUMBERS.map((number) => item(number));
  const queued = ['queued', 'queued', 'queued'];

  test.each(['nul-id', 'no-uuid', 'long-id'] as const)(
    '%s: failed is right, and its neighbours are judged as ever',
    (kind) => {
      const failed = { status: 'failed', transaction_id: 'any', error: 'bad' };
      const right = judgeBad(kind, [...good, failed]);
      expect(right).toMatchObject({ acknowledged: 3, outcomes: queued, refused: 1, errors: [] });
      const harmed = judgeBad(kind, [item(2), item(3, 'failed'), item(4), failed]);
      expect(harmed).toMatchObject({ outcomes: ['queued', 'failed', 'queued'], refused: 1, errors: ['item failed'] });
    },
  );

  test.each(['queued', 'buffered', 'duplicate'])('answered %s it counts as accepted', (status) => {
    const verdict = judgeBad('no-uuid', [...good, { status, transaction_id: 'any', message_id: ID }]);
    expect(verdict).toMatchObject({
      outcomes: queued,
      refused: 0,
      accepted: { count: 1 },
      errors: ['bad item accepted'],
    });
    expect(verdict.accepted.examples[0]).toContain(`an item of kind no-uuid was answered {"status":"${status}"`);
  });

  test.each<[string, readonly unknown[]]>([
    ['nothing', good],
    ['another word', [...good, { status: '' }]],
    ['null', [...good, null]],
  ])('answered with %s it is malformed, and its neighbours are not', (_, items) => {
    expect(judgeBad('long-id', items)).toMatchObject({ outcomes: queued, refused: 0, malformed: { count: 1 } });
  });

  test('of two twins one is queued, whichever it is', () => {
    expect(judgeBad('twin', [...good, item(2, 'duplicate')])).toMatchObject({ outcomes: queued, refused: 1 });
    const other = judgeBad('twin', [item(2, 'duplicate'), item(3), item(4), item(2)]);
    expect(other).toMatchObject({ outcomes: queued, refused: 1, accepted: { count: 0 } });
    expect(judgeBad('twin', [...good, item(2)])).toMatchObject({ refused: 0, accepted: { count: 1 } });
  });
});

test('a repeat is judged by the ids of the request it repeats', () => {
  const repeats = new Ledger('r');
  const request = repeats.open({ producer: 0, partition: 0, messages: 2, invokedUs: 1 });
  const errors = new ErrorTally();
  const body = JSON.stringify([item(700, 'duplicate'), item(1)]);
  judgeReply({ ledger: repeats, request, firstNumber: 700 }, { httpStatus: 201, body }, errors);
  expect([0, 1].map((message) => ITEM_OUTCOMES[repeats.outcomeCode(message)])).toEqual(['duplicate', 'malformed']);
  expect(repeats.messageIdHex(0)).toBe(ID.replaceAll('-', ''));
});
