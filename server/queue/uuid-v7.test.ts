import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseUuid, UuidV7Generator } from './uuid-v7.ts';

const SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('version, variant and time are where RFC 9562 puts them', () => {
  const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  const { text, bytes } = new UuidV7Generator(() => nowMs).generate();
  expect(text).toMatch(SHAPE);
  expect(bytes.readUIntBE(0, 6)).toBe(nowMs);
  expect(bytes).toHaveLength(16);
  expect(parseUuid(text)).toEqual(bytes);
});

test('strictly increasing through more than 4096 ids in one millisecond', () => {
  const ids = new UuidV7Generator(() => 1_700_000_000_000);
  const texts = Array.from({ length: 3 * 4096 }, () => ids.generate().text);
  for (const [index, text] of texts.entries()) if (index > 0) expect(text > (texts[index - 1] ?? '')).toBe(true);
  expect(new Set(texts.map((text) => text.slice(0, 18))).size).toBe(texts.length);
  for (const text of texts) expect(text).toMatch(SHAPE);
});

test('strictly increasing whatever the clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 2, maxLength: 300 }), (steps) => {
      let nowMs = 1_700_000_000_000;
      const ids = new UuidV7Generator(() => nowMs);
      let previous: Buffer = Buffer.alloc(16);
      for (const step of steps) {
        nowMs += step;
        const { bytes } = ids.generate();
        expect(Buffer.compare(bytes, previous)).toBe(1);
        previous = bytes;
      }
    }),
  );
});

test('the random part differs between ids and generators, and earlier ids are not overwritten', () => {
  const random = (): readonly string[] => {
    const ids = new UuidV7Generator(() => 1);
    return Array.from({ length: 600 }, () => ids.generate()).map(({ bytes, text }) => {
      expect(bytes.toString('hex')).toBe(text.replaceAll('-', ''));
      return text.slice(19);
    });
  };
  expect(new Set([...random(), ...random()]).size).toBe(1200);
});

test('only UUIDs parse, in either case', () => {
  const text = '01890000-0000-7000-8000-00000000ABcd';
  expect(parseUuid(text)?.toString('hex')).toBe('018900000000700080000000' + '0000abcd');
  const bad = [
    '',
    'not-a-uuid',
    text.slice(1),
    `${text}0`,
    ` ${text}`,
    `${text}\n`,
    text.replaceAll('-', ''),
    `{${text}}`,
  ];
  for (const other of bad) expect(parseUuid(other)).toBeUndefined();
});
