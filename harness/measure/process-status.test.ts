import { expect, test } from 'vitest';
import { sharedOnceBytes } from './process-status.ts';

test('what processes may share counts once, as much as one of them holds of it', () => {
  const backend = { rssBytes: 150, anonymousBytes: 10 };
  expect(sharedOnceBytes([backend, backend, { rssBytes: 40, anonymousBytes: 5 }])).toBe(10 + 10 + 5 + 140);
  expect(sharedOnceBytes([backend])).toBe(150);
  expect(sharedOnceBytes([])).toBe(0);
});
