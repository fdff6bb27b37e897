import { expect, test } from 'vitest';
import { parseReplies } from './raw-connection.ts';

test('answers are cut by length and by chunks, whole ones only', () => {
  const plain = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';
  const chunked =
    'HTTP/1.1 400 Bad\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n';
  const empty = 'HTTP/1.1 204 No Content\r\n\r\n';
  const replies = [
    { status: 200, body: '{}', closes: false },
    { status: 400, body: 'abcde', closes: true },
    { status: 204, body: '', closes: false },
  ];
  expect(parseReplies(plain + chunked + empty)).toEqual(replies);
  for (let length = 0; length < plain.length; length += 1) expect(parseReplies(plain.slice(0, length))).toEqual([]);
  for (let cut = 1; cut < chunked.length; cut += 1) {
    expect(parseReplies(plain + chunked.slice(0, -cut))).toEqual(replies.slice(0, 1));
  }
  expect(parseReplies('garbage\r\n\r\n')).toEqual([]);
});
