import { expect, test } from 'vitest';
import type { BufferEvidence } from '../history/buffer-evidence.ts';
import type { FaultRecord } from '../history/fault-record.ts';
import type { ItemOutcome } from '../history/item-outcome.ts';
import { Ledger } from '../history/ledger.ts';
import { Repeats } from '../history/repeats.ts';
import { evidence, fault, rows, type Story } from '../test/checkers-evidence.ts';
import { received } from '../test/told-run.ts';
import { checkFailover } from './failover.ts';

/** Pushes of one message each, by the millisecond of their answer; each takes 10 ms. What is acknowledged arrives. */
function pushes(...answers: readonly (readonly [atMs: number, outcome: ItemOutcome])[]): Story {
  const ledger = new Ledger('r');
  for (const [atMs, outcome] of answers) {
    const request = ledger.open({ producer: 0, partition: 0, messages: 1, invokedUs: (atMs - 10) * 1000 });
    ledger.setOutcomes(request, outcome);
    ledger.complete(request, atMs * 1000, 201);
  }
  const arrived = answers.map(() => 1);
  return { ledger, stored: [...arrived], delivered: [...arrived] };
}

const OUTAGE = fault('postgres-kill', 1000, 3000);
const EMPTY: BufferEvidence = { pending: 0, failedFiles: 0, failedBytes: 0 };
const BRIDGED = pushes([500, 'queued'], [2000, 'buffered'], [2500, 'buffered'], [3400, 'queued'], [4000, 'queued']);

function judge(of: Story, more: Parameters<typeof evidence>[0] = {}) {
  const recovery = { healthyMs: 20, bufferEmptyMs: 60.4 };
  return checkFailover(evidence({ faults: [OUTAGE], buffer: EMPTY, recovery, consumption: received(of), ...more }, of));
}

test('an outage that was bridged is valid, with how long the server took', () => {
  expect(judge(BRIDGED)).toMatchObject({
    verdict: 'valid',
    summary: '2 of 2 buffered messages were recovered; pushes were queued again after 400 ms at most',
    counts: {
      buffered: 2,
      recovered: 2,
      pending: 0,
      failedFiles: 0,
      bufferEmptyMs: 60,
      recoveries: 1,
      recoveryMs: 400,
    },
  });
});

test('a buffered message that is not stored, or not delivered, is a violation', () => {
  const lost = { ...BRIDGED, stored: [1, 0, 1, 1, 1], delivered: [1, 0, 1, 1, 1] };
  expect(judge(lost)).toMatchObject({
    verdict: 'invalid',
    summary: 'of 2 buffered: 1 neverStored',
    counts: { buffered: 2, recovered: 1 },
    witness: [expect.stringContaining('message 1 ')],
  });
  const unreachable = { ...BRIDGED, delivered: [1, 1, 0, 1, 1] };
  expect(judge(unreachable)).toMatchObject({ verdict: 'invalid', summary: 'of 2 buffered: 1 neverDelivered' });
  // It may be yet to come.
  expect(judge(unreachable, { consumption: received(unreachable, { drained: ['no time left'] }) }).verdict).toBe(
    'valid',
  );
});

test('a message that only its repeat got buffered is looked for as well', () => {
  const of = pushes([500, 'queued'], [2000, 'indeterminate'], [3400, 'queued']);
  const repeats = new Repeats('r');
  const repeat = repeats.open(1, false, { producer: 0, partition: 0, messages: 1, invokedUs: 2100 * 1000 });
  repeats.ledger.setOutcomes(repeat, 'buffered');
  expect(judge(of, { repeats })).toMatchObject({ verdict: 'valid', counts: { buffered: 1, recovered: 1 } });
  const lost = { ...of, stored: [1, 0, 1] };
  expect(judge(lost, { repeats })).toMatchObject({
    verdict: 'invalid',
    witness: [expect.stringContaining('message 1 ')],
  });
});

test.each([
  ['set 2 files aside', { buffer: { ...EMPTY, failedFiles: 2, failedBytes: 400 } }],
  ['still holds 3 messages', { buffer: { ...EMPTY, pending: 3 }, recovery: { missing: 'it was not emptied' } }],
  ['empty only 10001 ms after', { recovery: { healthyMs: 1, bufferEmptyMs: 10_001 } }],
])('a buffer that is not done with is a violation: %s', (words, more) => {
  expect(judge(BRIDGED, more)).toMatchObject({
    verdict: 'invalid',
    summary: expect.stringContaining(words),
  });
});

test('a server that does not come back in time is a violation', () => {
  expect(judge(pushes([2000, 'buffered'], [13_500, 'queued']))).toMatchObject({
    verdict: 'invalid',
    summary: 'pushes were queued again only 10500 ms after postgres-kill',
    counts: { recoveryMs: 10_500 },
  });
  expect(judge(pushes([2000, 'buffered'], [13_500, 'buffered']))).toMatchObject({
    verdict: 'invalid',
    summary: expect.stringContaining('no push was queued again after postgres-kill'),
  });
});

test('each of several faults is judged by what came before the next', () => {
  const faults: readonly FaultRecord[] = [OUTAGE, fault('maintenance', 5000, 6000), fault('worker-kill', 3100, 3100)];
  const of = pushes([2000, 'buffered'], [3700, 'queued'], [5500, 'buffered'], [6900, 'queued']);
  expect(judge(of, { faults })).toMatchObject({ verdict: 'valid', counts: { recoveries: 2, recoveryMs: 900 } });
});

test.each([
  ['no fault took the database away', { faults: [fault('row-lock', 1, 2)] }],
  ['nobody asked', { buffer: { missing: 'nobody asked' } }],
  ['it never got well', { recovery: { missing: 'it never got well' } }],
  ['nobody looked', { rows: { missing: 'nobody looked' } }],
])('%s: unknown', (words, more) => {
  expect(judge(BRIDGED, more)).toMatchObject({ verdict: 'unknown', summary: expect.stringContaining(words) });
});

test('a load that ended with its fault shows recovery by the buffer alone', () => {
  const of = pushes([500, 'queued'], [2000, 'buffered']);
  expect(judge(of)).toMatchObject({
    verdict: 'valid',
    summary: '1 of 1 buffered messages were recovered; the buffer was empty 60 ms after the last fault',
  });
  expect(judge(of, { recovery: { healthyMs: 1, bufferEmptyMs: { missing: 'it does not tell' } } }).verdict).toBe(
    'unknown',
  );
});

test('a million messages are judged in a second', () => {
  const ledger = new Ledger('r');
  const messages = 1_000_000;
  for (let request = 0; request < messages / 100; request += 1) {
    ledger.open({ producer: 0, partition: 0, messages: 100, invokedUs: request * 100 });
    ledger.setOutcomes(request, request % 2 === 0 ? 'queued' : 'buffered');
    ledger.complete(request, request * 100 + 50, 201);
  }
  const of = { ledger, stored: new Array(messages).fill(1), delivered: new Array(messages).fill(1) };
  const recovery = { healthyMs: 1, bufferEmptyMs: 1 };
  const faults = [fault('postgres-kill', 100, 200)];
  const given = evidence({ faults, recovery, buffer: EMPTY, rows: rows(of) }, of);
  const startedMs = performance.now();
  expect(checkFailover(given)).toMatchObject({ verdict: 'valid' });
  expect(performance.now() - startedMs).toBeLessThan(1000);
});
