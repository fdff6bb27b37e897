import { expect, test } from 'vitest';
import { AckRecord } from './ack-record.ts';

const MESSAGES = [0, 1, 2].map((message) => ({ transactionId: `r1-${message}`, message }));

function settle(body: unknown, httpStatus = 200) {
  const record = new AckRecord('r1', 3);
  record.settle(MESSAGES, { httpStatus, body: typeof body === 'string' ? body : JSON.stringify(body) });
  return { record, result: record.result() };
}

function completed(...ids: readonly string[]) {
  return { processed: ids.length, results: ids.map((transactionId) => ({ transactionId, status: 'completed' })) };
}

test('one completed result for each message, in order, and nothing is refused', () => {
  const { record, result } = settle(completed('r1-0', 'r1-1', 'r1-2'));
  expect(result).toMatchObject({ sent: 3, completed: 3, refused: { count: 0 }, redelivered: { count: 0 } });
  expect(record.hasRefusals).toBe(false);
});

test.each<[string, unknown, number, number, string]>([
  ['a missing result', completed('r1-0', 'r1-1'), 200, 1, 'the ack of r1-2 was answered undefined'],
  ['results in another order', completed('r1-1', 'r1-0', 'r1-2'), 200, 2, 'the ack of r1-0 was answered {"tr'],
  [
    'another word',
    {
      results: [
        ...completed('r1-0', 'r1-1').results,
        { transactionId: 'r1-2', status: 'error', error: 'invalid_lease' },
      ],
    },
    200,
    1,
    'invalid_lease',
  ],
  ['an error', { error: 'sorry' }, 500, 3, 'the ack of r1-0 was answered HTTP 500: {"error":"sorry"}'],
  ['an error that carries results', completed('r1-0', 'r1-1', 'r1-2'), 503, 3, 'HTTP 503'],
  ['no JSON', '<html>', 200, 3, 'HTTP 200: <html>'],
  ['null', 'null', 200, 3, 'HTTP 200: null'],
  ['no results', {}, 200, 3, 'HTTP 200: {}'],
])('%s is a refusal, whatever the HTTP status says', (_, body, httpStatus, count, example) => {
  const { record, result } = settle(body, httpStatus);
  expect(result).toMatchObject({ sent: 3, completed: 3 - count, refused: { count } });
  expect(result.refused.examples.join('\n')).toContain(example);
  expect(record.hasRefusals).toBe(true);
});

test('a message that comes again is told only when its ack was completed before', () => {
  const record = new AckRecord('r1', 3);
  for (const message of [0, 1, 1, undefined]) record.deliver(message);
  expect(record.result().redelivered.count).toBe(0);
  record.settle(MESSAGES.slice(0, 2), { httpStatus: 200, body: JSON.stringify(completed('r1-0')) });
  for (const message of [0, 1, 2, undefined]) record.deliver(message);
  expect(record.result().redelivered).toEqual({
    count: 1,
    examples: ['r1-0 came again after its ack was completed'],
  });
});
