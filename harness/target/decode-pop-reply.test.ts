import { expect, test } from 'vitest';
import { decodePopReply } from './decode-pop-reply.ts';

test.each(['', 'null', ' \n', '{"messages":[]}'])('%j is an empty answer', (body) => {
  expect(decodePopReply(body)).toEqual([]);
});

test('judged fields are there, missing ones undefined, and what is no object has none', () => {
  const body = '{"leaseId":null,"messages":[{"id":"x","transactionId":"r-1","partition":"p0","data":{"n":1}},{},7]}';
  const judged = decodePopReply(body).map(({ transactionId, partition, data }) => [transactionId, partition, data]);
  expect(judged).toEqual([
    ['r-1', 'p0', { n: 1 }],
    [undefined, undefined, undefined],
    [undefined, undefined, undefined],
  ]);
});

test.each(['[]', '{"error":"no"}', '{"messages":{}}', '7', '{"messages":['])('%s is no pop reply', (body) => {
  expect(() => decodePopReply(body)).toThrow('a pop was answered with');
});
