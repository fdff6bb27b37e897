import { expect, test } from 'vitest';
import { EXIT_CODE } from '../cli/exit-code.ts';
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
