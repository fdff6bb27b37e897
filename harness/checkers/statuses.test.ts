import { expect, test } from 'vitest';
import type { RunEvidence } from '../history/evidence.ts';
import { FAULT_KINDS, type FaultKind, type FaultRecord } from '../history/fault-record.ts';
import type { ItemOutcome } from '../history/item-outcome.ts';
import { Ledger } from '../history/ledger.ts';
import { Repeats } from '../history/repeats.ts';
import { connections, evidence, fault, messageId, story } from '../test/checkers-evidence.ts';
import { MessageIdSet } from './message-id-set.ts';
import { checkStatuses } from './statuses.ts';

test('answers in contract with ids of their own are valid', () => {
  expect(checkStatuses(evidence({}, story(['queued', 'duplicate', 'queued', 'queued'])))).toMatchObject({
    verdict: 'valid',
    counts: { attempted: 4, queued: 3, duplicate: 1, buffered: 0, malformed: 0 },
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

test('what was never sent is counted, and nobody is accused of it', () => {
  const told = evidence({}, story(['queued', 'queued']));
  const { ledger } = told;
  const waiting = ledger.open({ producer: 0, partition: 0, messages: 3, invokedUs: 0, intendedUs: 2_000 });
  ledger.complete(waiting, 9_000, 0);
  ledger.setOutcomes(waiting, 'rejected');
  expect(checkStatuses(told)).toMatchObject({
    verdict: 'valid',
    summary: expect.stringContaining('all 2 items were answered'),
    counts: { attempted: 5, queued: 2, rejected: 3, unsent: 3 },
  });
  ledger.send(waiting, 1, 8_000);
  expect(checkStatuses(told)).toMatchObject({ verdict: 'invalid', summary: '3 rejected' });
});

/** Requests of a story are under way from 1 to 2 ms of the run. */
const during = (kind: FaultKind, more: Partial<FaultRecord> = {}) => fault(kind, 0, 10, more);

test.each([
  ['indeterminate', 'server-kill'],
  ['rejected', 'server-kill'],
  ['rejected', 'server-terminate'],
  ['indeterminate', 'worker-kill'],
  ['indeterminate', 'server-pause'],
  ['failed', 'table-lock'],
  ['failed', 'buffer-disk-full'],
  ['buffered', 'postgres-kill'],
  ['buffered', 'postgres-pause'],
  ['buffered', 'maintenance'],
  ['buffered', 'network-black-hole'],
] as const)('an item that is %s is excused by a %s, in its time', (outcome, kind) => {
  const judge = (...faults: readonly FaultRecord[]) =>
    checkStatuses(evidence({ faults }, story(['queued', 'queued', outcome])));
  expect(judge(during(kind))).toMatchObject({ verdict: 'valid', counts: { [outcome]: 1, excused: 1 } });
  expect(judge(fault(kind, 100, 110))).toMatchObject({ verdict: 'invalid', counts: { [outcome]: 1, excused: 0 } });
  expect(judge(during(kind, { outcome: 'impossible' })).verdict).toBe('invalid');
});

test.each([
  ['malformed', FAULT_KINDS],
  ['failed', ['postgres-kill', 'postgres-pause', 'network-cut', 'maintenance', 'server-kill', 'backends-terminate']],
  ['indeterminate', ['postgres-kill', 'postgres-pause', 'network-cut', 'maintenance', 'held-xmin']],
  ['rejected', ['postgres-kill', 'row-lock', 'server-pause', 'maintenance']],
  ['buffered', ['row-lock', 'table-lock', 'held-xmin', 'server-kill', 'worker-kill', 'slow-queries']],
] as const)('no item may be %s because of these', (outcome, kinds) => {
  for (const kind of kinds) {
    const result = checkStatuses(evidence({ faults: [during(kind)] }, story(['queued', 'queued', outcome])));
    expect(result, kind).toMatchObject({ verdict: 'invalid' });
  }
});

test('buffered although PostgreSQL was there: accused; while nobody could reach it: not; when nobody looked: unknown', () => {
  const judge = (seen: RunEvidence['connections']) =>
    checkStatuses(evidence({ connections: seen }, story(['queued', 'queued', 'buffered'])));
  expect(judge(connections())).toMatchObject({
    verdict: 'invalid',
    summary: '1 bufferedWithoutCause',
    counts: { buffered: 1, bufferedWithoutCause: 1 },
  });
  expect(judge(connections({ gaps: [{ fromMs: 0, toMs: 50, reason: 'ECONNREFUSED' }] })).verdict).toBe('valid');
  expect(judge(connections({ gaps: [{ fromMs: 500, toMs: 550, reason: 'ECONNREFUSED' }] })).verdict).toBe('invalid');
  expect(judge({ missing: 'behind a URL' })).toMatchObject({
    verdict: 'unknown',
    summary: 'cannot be judged: 1 messages were buffered, and nobody looked whether PostgreSQL was there',
  });
});

test('what a repeat was answered is judged by the same rules, and led back to its message', () => {
  const told = story(['queued', 'queued', 'queued']);
  const repeats = new Repeats(told.ledger.runId);
  const repeat = repeats.open(1, false, { producer: 7, partition: 3, messages: 1, invokedUs: 5000 });
  repeats.ledger.complete(repeat, 6000, 201);
  const judge = (outcome: ItemOutcome) => {
    repeats.ledger.setOutcomes(repeat, outcome);
    return checkStatuses(evidence({ repeats }, told));
  };
  expect(judge('duplicate')).toMatchObject({ verdict: 'valid', counts: { attempted: 3, repeated: 1 } });
  expect(judge('malformed')).toMatchObject({
    verdict: 'invalid',
    summary: '1 malformed',
    witness: [expect.stringMatching(/message 2 .*repeated at 5000 µs and answered malformed/)],
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
  const before = process.cpuUsage();
  expect(checkStatuses(evidence({}, { ledger, stored: [], delivered: [] }))).toMatchObject({ verdict: 'valid' });
  // Of the CPU, for whatever else runs on the machine takes the time by the clock.
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(5_000);
}, 60_000);

test('ids that differ in one digit are different, whichever it is', () => {
  const digits = '0123456789abcdef0123456789abcdef';
  const ids = [
    digits,
    ...[...digits].map((digit, at) => digits.slice(0, at) + (digit === '7' ? '8' : '7') + digits.slice(at + 1)),
  ];
  const add = (set: MessageIdSet, id: string) => {
    const word = (number: number) => Number.parseInt(id.slice(number * 8, number * 8 + 8), 16);
    return set.add(word(0), word(1), word(2), word(3));
  };
  const set = new MessageIdSet(ids.length);
  expect(ids.map((id) => add(set, id))).toEqual(ids.map(() => true));
  expect(ids.map((id) => add(set, id))).toEqual(ids.map(() => false));
  expect(() => add(set, 'f'.repeat(32))).toThrow(RangeError);
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
