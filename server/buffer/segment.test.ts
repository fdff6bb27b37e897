import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeRecord, RECORD_HEADER_BYTES, scanSegment } from './segment.ts';

const texts = fc.array(fc.string({ minLength: 1, unit: 'grapheme' }).map((text) => JSON.stringify({ text })));

const encodeAll = (records: readonly string[]): Buffer => Buffer.concat(records.map(encodeRecord));
const textsOf = (bytes: Buffer): readonly string[] => scanSegment(bytes).records.map(({ text }) => text);

test('what was written is read, in order', () => {
  fc.assert(
    fc.property(texts, (records) => {
      const { records: found, damaged } = scanSegment(encodeAll(records));
      expect(found.map(({ text }) => text)).toEqual(records);
      expect(damaged).toEqual([]);
    }),
  );
});

test('a torn tail loses the record that was torn, and no other', () => {
  fc.assert(
    fc.property(texts, fc.nat(), (records, cut) => {
      const bytes = encodeAll(records);
      const torn = bytes.subarray(0, bytes.length === 0 ? 0 : cut % bytes.length);
      const { records: found, damaged } = scanSegment(torn);
      expect(found.map(({ text }) => text)).toEqual(records.slice(0, found.length));
      const whole = found.at(-1)?.end ?? 0;
      expect(damaged).toEqual(whole === torn.length ? [] : [{ start: whole, end: torn.length }]);
      const next = records[found.length];
      if (next !== undefined) expect(torn.length - whole).toBeLessThan(encodeRecord(next).length);
    }),
  );
});

test('one changed byte costs the record it is in, and no other', () => {
  fc.assert(
    fc.property(
      texts.filter((records) => records.length > 0),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (records, where, change) => {
        const bytes = encodeAll(records);
        const offset = where % bytes.length;
        bytes[offset] = (bytes[offset] ?? 0) ^ change;
        let start = 0;
        const sound = records.filter((record) => {
          const end = start + encodeRecord(record).length;
          const hit = offset >= start && offset < end;
          start = end;
          return !hit;
        });
        expect(textsOf(bytes)).toEqual(sound);
        expect(scanSegment(bytes).damaged).toHaveLength(1);
      },
    ),
  );
});

test('a hole of zeros is no record', () => {
  const bytes = Buffer.concat([encodeRecord('{"a":1}'), Buffer.alloc(100), encodeRecord('{"b":2}')]);
  expect(textsOf(bytes)).toEqual(['{"a":1}', '{"b":2}']);
  expect(() => encodeRecord('')).toThrow('empty');
  expect(RECORD_HEADER_BYTES).toBe(8);
});
