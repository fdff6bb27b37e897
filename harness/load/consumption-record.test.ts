import { describe, expect, test } from 'vitest';
import { NO_PARTITION, STRANGER } from '../history/consumer-history.ts';
import { SETTLE_OUTCOMES } from '../history/settlement.ts';
import type { PoppedMessage } from '../target/decode-pop-reply.ts';
import { ConsumptionRecord, type SettleWord } from './consumption-record.ts';
import { payloadFormat } from './payload.ts';

const BYTES = 80;
const payload = payloadFormat('r1', BYTES);

function newRecord() {
  const record = new ConsumptionRecord({ runId: 'r1', payloadBytes: BYTES, groups: [''] });
  const pop = record.history.openPop({ consumer: 0, group: 0, invokedUs: 1 });
  return { record, pop };
}

function message(number: number, more: Partial<PoppedMessage> = {}): PoppedMessage {
  const data: unknown = JSON.parse(payload.encode(number));
  return { transactionId: `r1-${number}`, partition: 'p2', partitionId: 'id', leaseId: 'lease', data, ...more };
}

describe('what is delivered', () => {
  test('is told apart: ours, altered, strangers and strange partitions', () => {
    const { record, pop } = newRecord();
    const first = record.deliver(pop, [
      message(7),
      message(8, { data: JSON.parse(payload.encode(9)) }),
      message(9, { transactionId: 'r2-9' }),
      message(10, { transactionId: undefined }),
      message(11, { transactionId: `r1-${STRANGER}` }),
      message(12, { partition: 'elsewhere' }),
      message(13, { partition: 'p65535' }),
      message(4_000_000_000),
    ]);
    const { history, unexpected, altered, malformed } = record.result([true]);
    expect(first).toBe(0);
    const rows = Array.from({ length: history.deliveries }, (_, at) => [history.message(at), history.partition(at)]);
    expect(rows).toEqual([
      [7, 2],
      [8, 2],
      ...[9, 10, 11].map(() => [STRANGER, 2]),
      [12, NO_PARTITION],
      [13, NO_PARTITION],
      [4_000_000_000, 2],
    ]);
    expect([unexpected.count, altered.count, malformed.count]).toEqual([3, 1, 0]);
    expect(altered.examples[0]).toContain('r1-8 came with payload {"r":"r1","n":9,');
  });

  test('from a partition that was asked for bears its name', () => {
    const { record, pop } = newRecord();
    record.deliver(pop, [message(1), message(2, { partition: 'p3' })], 2);
    const { history, malformed } = record.result([true]);
    // Where it came from counts, not what it says.
    expect([history.partition(0), history.partition(1)]).toEqual([2, 2]);
    expect(malformed).toEqual({ count: 1, examples: ['a pop of partition 2 brought a message of "p3"'] });
  });
});

test.each<[string, number, string, number | undefined, number]>([
  ['messages', 200, JSON.stringify({ messages: [message(1), message(2)] }), 2, 0],
  ['nothing, by 204', 204, '', 0, 0],
  ['nothing, by HTTP 200', 200, '', 0, 0],
  ['HTTP 500', 500, '{"error":"sorry"}', undefined, 0],
  ['no answer', 0, 'ECONNRESET', undefined, 0],
  ['HTTP 404', 404, '{"error":"no"}', undefined, 1],
  ['no JSON', 200, '<html>', undefined, 1],
  ['two leases', 200, JSON.stringify({ messages: [message(1), message(2, { leaseId: 'other' })] }), 2, 1],
  ['no lease', 200, JSON.stringify({ messages: [message(1, { leaseId: null })] }), 1, 1],
])('a pop answered with %s', (_, httpStatus, text, messages, malformed) => {
  const { record } = newRecord();
  expect(record.readPop({ httpStatus, text })?.length).toBe(messages);
  expect(record.result([true]).malformed.count).toBe(malformed);
});

describe('a settlement', () => {
  const MESSAGES = [message(0), message(1), message(2)];
  const results = (...words: readonly string[]) => ({
    results: words.map((status, index) => ({ transactionId: `r1-${index}`, status })),
  });

  function settle(word: SettleWord, httpStatus: number, body: unknown) {
    const { record, pop } = newRecord();
    const first = record.deliver(pop, MESSAGES);
    const settled = record.settle(first, MESSAGES, word, {
      httpStatus,
      text: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const { history, malformed } = record.result([true]);
    const outcomes = [0, 1, 2].map((delivery) => SETTLE_OUTCOMES[history.outcomeCode(delivery)]);
    return { ...settled, outcomes, malformed: malformed.count, examples: malformed.examples };
  }

  test('that is taken is whole', () => {
    expect(settle('completed', 200, results('completed', 'completed', 'completed'))).toMatchObject({
      ...{ completed: 3, isWhole: true, malformed: 0 },
      outcomes: ['completed', 'completed', 'completed'],
    });
    expect(settle('failed', 200, results('failed_retry', 'failed_dlq', 'failed_retry'))).toMatchObject({
      ...{ completed: 0, isWhole: true, malformed: 0 },
      outcomes: ['failed', 'failed', 'failed'],
    });
  });

  test('that is refused in part is not', () => {
    expect(settle('completed', 200, results('completed', 'error', 'completed'))).toMatchObject({
      ...{ completed: 2, isWhole: false, malformed: 0 },
      outcomes: ['completed', 'refused', 'completed'],
    });
  });

  test.each<[string, number, unknown, string, number]>([
    ['HTTP 500', 500, { error: 'sorry' }, 'indeterminate', 0],
    ['an error that carries results', 503, results('completed', 'completed', 'completed'), 'indeterminate', 0],
    ['no answer', 0, 'ECONNRESET', 'indeterminate', 0],
    ['HTTP 400', 400, { error: 'no' }, 'refused', 1],
    ['no JSON', 200, '<html>', 'indeterminate', 1],
    ['null', 200, 'null', 'indeterminate', 1],
    ['no results', 200, {}, 'indeterminate', 1],
    ['no result', 200, results(), 'indeterminate', 3],
    ['words of another settlement', 200, results('failed_retry', 'failed_dlq', ''), 'indeterminate', 3],
  ])('answered with %s completes nothing', (_, httpStatus, body, outcome, malformed) => {
    expect(settle('completed', httpStatus, body)).toMatchObject({
      ...{ completed: 0, isWhole: false, malformed },
      outcomes: [outcome, outcome, outcome],
    });
  });

  test('answered in another order settles only what stands in its place', () => {
    const [first, second, third] = results('completed', 'completed', 'completed').results;
    const settled = settle('completed', 200, { results: [second, first, third] });
    expect(settled.outcomes).toEqual(['indeterminate', 'indeterminate', 'completed']);
    expect(settled.examples[0]).toBe(
      'the ack of r1-0 as completed was answered {"transactionId":"r1-1","status":"completed"}',
    );
  });

  test('a result too many is told', () => {
    expect(settle('completed', 200, results('completed', 'completed', 'completed', 'completed'))).toMatchObject({
      ...{ completed: 3, malformed: 1 },
    });
  });
});
