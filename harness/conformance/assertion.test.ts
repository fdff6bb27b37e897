import { describe, expect, test } from 'vitest';
import { expectError, expectRefused, expectSame, expectShape, expectStatus, expectThat, quoted } from './assertion.ts';
import { CannotCheck, given, Violation } from './finding-error.ts';
import type { Reply } from './http-client.ts';
import { ackResults, messagesOf, pushResults } from './wire-reply.ts';

const REQUEST = { method: 'GET', url: 'http://x/', body: undefined, headers: {} };

function reply(status: number, body: unknown, always200 = false): Reply {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const json = typeof body === 'string' ? undefined : body;
  return { status, headers: {}, text, json, request: REQUEST, always200 };
}

function violationOf(act: () => unknown): Violation {
  try {
    act();
  } catch (error) {
    if (error instanceof Violation) return error;
    throw error;
  }
  throw new Error('nothing was violated');
}

describe('a status', () => {
  test('is the declared one, or a violation that shows what came', () => {
    expect(() => expectStatus(reply(201, []), 201)).not.toThrow();
    const { expected, came, request } = violationOf(() => expectStatus(reply(200, []), 201));
    expect({ expected, came, request }).toEqual({ expected: 'status 201', came: '200 []', request: REQUEST });
  });

  test.each([
    [201, [], true],
    [201, { error: 'x' }, false],
    [201, '', false],
    [204, '', true],
    [204, 'null', true],
    [204, {}, false],
    [400, { error: 'x' }, true],
    [400, { success: false }, true],
    [400, {}, false],
  ])('%i is read from the body %j where everything is 200: %j', (declared, body, means) => {
    const act = (): void => expectStatus(reply(200, body, true), declared);
    if (means) expect(act).not.toThrow();
    else violationOf(act);
    violationOf(() => expectStatus(reply(200, body, false), declared));
  });
});

test('a refusal is an error of any status, but never a missing route', () => {
  for (const status of [400, 409, 500]) expect(() => expectRefused(reply(status, { error: 'x' }))).not.toThrow();
  for (const status of [200, 404, 405]) violationOf(() => expectRefused(reply(status, { error: 'x' })));
});

test('an error has its status and its text', () => {
  const came = reply(400, { error: 'queue is required' });
  expect(() => expectError(came, 400, 'queue is required')).not.toThrow();
  expect(() => expectError(came, 400, /^queue/)).not.toThrow();
  violationOf(() => expectError(came, 500, 'queue is required'));
  violationOf(() => expectError(came, 400, 'items'));
  violationOf(() => expectError(reply(400, { error: 5 }), 400));
  violationOf(() => expectError(reply(400, '<html>'), 400));
});

test('values are compared deeply and quoted shortly', () => {
  expect(() => expectSame('x', { a: [1] }, { a: [1] })).not.toThrow();
  const { expected, came } = violationOf(() => expectSame('ids', ['b'], ['a']));
  expect([expected, came]).toEqual(['ids: ["a"]', '["b"]']);
  expect(violationOf(() => expectThat(false, 'more', undefined)).came).toBe('undefined');
  expect(quoted('x'.repeat(1_000))).toHaveLength(300 + '… (1000 characters)'.length);
});

test('a shape names the fields that are wrong', () => {
  const came = reply(200, { a: 1, b: null, c: [] });
  expect(() => expectShape(came, { a: 'number', c: 'array' })).not.toThrow();
  expect(violationOf(() => expectShape(came, { a: 'number', b: 'object', c: 'object' })).expected).toBe(
    '200 with b: object, c: object',
  );
});

describe('replies of the wire', () => {
  test.each([
    ['an object', { status: 'queued' }],
    ['too few results', [{ status: 'queued', transaction_id: 'a' }]],
    [
      'an empty status',
      [
        { status: '', transaction_id: 'a' },
        { status: 'queued', transaction_id: 'b' },
      ],
    ],
    ['no id', [{ status: 'queued' }, { status: 'queued', transaction_id: 'b' }]],
    ['an empty id', [{ status: 'queued', transaction_id: '' }, {}]],
    ['null', [null, null]],
  ])('a push reply with %s is a violation', (_what, body) => {
    violationOf(() => pushResults(reply(201, body), 2));
  });

  test.each([
    ['no list', {}],
    ['an empty list', { messages: [] }],
    ['null', { messages: [null] }],
    [
      'a message without data',
      { messages: [{ id: '', transactionId: '', partitionId: '', queue: '', partition: '' }] },
    ],
    ['text', 'messages'],
  ])('a pop reply with %s is a violation', (_what, body) => {
    violationOf(() => messagesOf(reply(200, body)));
  });

  test('an ack reply must have as many results as there were items', () => {
    expect(ackResults(reply(200, { processed: 0, results: [] }), 0)).toEqual([]);
    violationOf(() => ackResults(reply(200, { results: [{}] }), 2));
    violationOf(() => ackResults(reply(200, {}), 0));
    violationOf(() => ackResults(reply(200, { results: [1] }), 1));
  });
});

test('a violation during set-up means that nothing can be said', async () => {
  const broken = given(async () => expectStatus(reply(500, {}), 200));
  await expect(broken).rejects.toBeInstanceOf(CannotCheck);
  await expect(broken).rejects.toThrow('could not be set up: expected status 200, came 500 {}');
  await expect(given(async () => 5)).resolves.toBe(5);
});
