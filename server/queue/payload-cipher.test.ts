import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DecryptionError, PayloadCipher } from './payload-cipher.ts';

const KEY = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
const cipher = new PayloadCipher(KEY);

test('what is encrypted comes back to the byte, and no two envelopes are alike', () => {
  fc.assert(
    fc.property(fc.json(), (payload) => {
      const stored = cipher.encrypt(payload);
      expect(cipher.decrypt(stored)).toBe(payload);
      expect(cipher.encrypt(payload)).not.toBe(stored);
    }),
  );
});

test('the envelope is the contract’s and holds nothing of the payload', () => {
  const stored = JSON.parse(cipher.encrypt('"attack at dawn"'));
  expect(Object.keys(stored)).toEqual(['encrypted', 'iv', 'authTag']);
  expect(Buffer.from(stored.iv, 'base64')).toHaveLength(12);
  expect(Buffer.from(stored.authTag, 'base64')).toHaveLength(16);
  expect(Buffer.from(stored.encrypted, 'base64').toString('latin1')).not.toContain('dawn');
});

test('another key, an altered text, a short tag and what is no envelope are refused', () => {
  const stored = JSON.parse(cipher.encrypt('{"a":1}'));
  const refuse = (text: string, by = cipher): void => expect(() => by.decrypt(text)).toThrow(DecryptionError);
  refuse(JSON.stringify(stored), new PayloadCipher(KEY.replace('00', 'ff')));
  const bytes = Buffer.from(stored.encrypted, 'base64');
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  refuse(JSON.stringify({ ...stored, encrypted: bytes.toString('base64') }));
  refuse(JSON.stringify({ ...stored, authTag: stored.authTag.slice(0, 8) }));
  refuse('{"a":1}');
  refuse('no json');
});
