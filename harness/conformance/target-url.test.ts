import { expect, test } from 'vitest';
import { EXIT_CODE } from '../cli/exit-code.ts';
import { parseReplies } from './raw-connection.ts';
import { parseTargetUrl } from './target-url.ts';

test.each([
  ['http://127.0.0.1:6632', 'http://127.0.0.1:6632'],
  ['http://localhost:6632/', 'http://localhost:6632'],
  ['http://[::1]:6632/queue/', 'http://[::1]:6632/queue'],
  ['https://127.1.2.3', 'https://127.1.2.3'],
])('%s is of this machine', (text, url) => {
  expect(parseTargetUrl(text, false)).toBe(url);
});

test.each(['http://10.0.0.1', 'http://127.0.0.1.example.com', 'http://localhost.example.com', 'http://0.0.0.0'])(
  '%s is refused unless it is allowed',
  (text) => {
    expect(() => parseTargetUrl(text, false)).toThrow(/is not this machine/);
    expect(parseTargetUrl(text, true)).toBe(text);
  },
);

test.each(['queue', 'ftp://127.0.0.1', '127.0.0.1:6632', 'http://me:pw@127.0.0.1', 'http://127.0.0.1/?x', ''])(
  '%j is no base URL',
  (text) => {
    expect(() => parseTargetUrl(text, true)).toThrow(
      expect.objectContaining({ exitCode: EXIT_CODE.usage, message: expect.stringContaining('--target: expected') }),
    );
  },
);

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
