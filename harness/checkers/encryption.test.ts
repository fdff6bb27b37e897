import { expect, test } from 'vitest';
import type { Cleartext, CleartextSearch } from '../history/cleartext.ts';
import { evidence, promises, story } from '../test/checkers-evidence.ts';
import { checkEncryption } from './encryption.ts';

const searched = (scannedBytes: number, ...hits: readonly string[]): CleartextSearch => ({
  scannedBytes,
  hits: { count: hits.length, examples: hits },
});

const CLEAN: Cleartext = {
  rows: searched(5000),
  'buffer files': searched(0),
  'server log': searched(900),
  'PostgreSQL log': searched(0),
};

function judge(more: Partial<Cleartext>, of = story(['queued', 'queued'])) {
  const cleartext = { ...CLEAN, ...more };
  return checkEncryption(evidence({ promises: promises({ encrypted: true }), cleartext }, of));
}

test('rows and logs without cleartext are valid, and how much was searched is told', () => {
  expect(judge({})).toMatchObject({
    verdict: 'valid',
    summary: 'no cleartext of 2 payloads anywhere',
    counts: { 'bytes of rows': 5000, 'cleartext in rows': 0, 'cleartext in buffer files': 0 },
  });
});

test.each(['rows', 'buffer files', 'server log', 'PostgreSQL log'] as const)(
  'cleartext in %s is a violation',
  (place) => {
    expect(judge({ [place]: searched(5000, 'here', 'there') })).toMatchObject({
      verdict: 'invalid',
      summary: `2 payloads in cleartext in ${place}`,
      witness: [`${place}: here`, `${place}: there`],
    });
  },
);

test.each([
  ['rows: nothing was found to search', { rows: searched(0) }],
  ['server log: nothing was found to search', { 'server log': searched(0) }],
  ['PostgreSQL log: behind a URL', { 'PostgreSQL log': { missing: 'behind a URL' } }],
] as const)('what was not searched is not acquitted: %s', (words, more) => {
  expect(judge(more)).toMatchObject({ verdict: 'unknown', summary: `cannot be judged: ${words}` });
});

test('what was buffered must have been found in a file', () => {
  const buffered = story(['queued', 'buffered']);
  expect(judge({}, buffered)).toMatchObject({ verdict: 'unknown', summary: expect.stringContaining('buffer files') });
  expect(judge({ 'buffer files': searched(10) }, buffered).verdict).toBe('valid');
});

test('a queue that is not encrypted has nothing to prove: unknown', () => {
  expect(checkEncryption(evidence({ cleartext: { missing: 'the queue is not encrypted' } }))).toMatchObject({
    verdict: 'unknown',
  });
});
