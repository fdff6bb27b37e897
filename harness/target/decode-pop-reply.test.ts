import { expect, test } from 'vitest';
import { decodePopReply } from './decode-pop-reply.ts';

test.each(['', 'null', ' \n', '{"messages":[]}'])('%j is an empty answer', (body) => {
  expect(decodePopReply(body)).toEqual([]);
});

test('judged fields are taken, others ignored, missing ones undefined', () => {
  const body = '{"leaseId":null,"messages":[{"id":"x","transactionId":"r-1","partition":"p0","data":{"n":1}},{},7]}';
  expect(decodePopReply(body)).toEqual([
    { transactionId: 'r-1', partition: 'p0', data: { n: 1 } },
    { transactionId: undefined, partition: undefined, data: undefined },
    { transactionId: undefined, partition: undefined, data: undefined },
  ]);
});

test.each(['[]', '{"error":"no"}', '{"messages":{}}', '7', '{"messages":['])('%s is no pop reply', (body) => {
  expect(() => decodePopReply(body)).toThrow('a pop was answered with');
});
