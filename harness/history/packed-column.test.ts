import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bestFilter, COLUMN_TYPES, type ColumnArray, columnTypeOf, packColumn, unpackColumn } from './packed-column.ts';

const ANY_COLUMN: fc.Arbitrary<ColumnArray> = fc.oneof(
  fc.int8Array(),
  fc.uint8Array({ maxLength: 400 }),
  fc.int16Array(),
  fc.uint16Array(),
  fc.int32Array(),
  fc.uint32Array({ maxLength: 400 }),
  fc.bigInt64Array(),
  fc.bigUint64Array(),
  fc.float32Array(),
  fc.float64Array({ maxLength: 400 }),
);

function roundTrip(column: ColumnArray, filter: { readonly delta: boolean; readonly planes: number }): ColumnArray {
  const type = columnTypeOf(column);
  if (type === undefined) throw new Error('no type for a column');
  return unpackColumn(Buffer.concat([...packColumn(column, filter)]), type, filter);
}

function bytesOf(column: ColumnArray): Buffer {
  return Buffer.from(column.buffer, column.byteOffset, column.byteLength);
}

test('every column comes back to the bit under every filter', () => {
  fc.assert(
    fc.property(ANY_COLUMN, fc.boolean(), fc.constantFrom(1, 2, 4, 8, 16), (column, delta, planes) => {
      fc.pre(column.byteLength % planes === 0);
      const before = Buffer.from(bytesOf(column));
      const back = roundTrip(column, { delta, planes });
      expect(back.constructor).toBe(column.constructor);
      expect(bytesOf(back).equals(before)).toBe(true);
      expect(bytesOf(column).equals(before), 'the column itself was changed').toBe(true);
    }),
  );
});

test.each(Object.entries(COLUMN_TYPES))(
  '%s: a column of several blocks comes back, differences crossing them',
  (_, Type) => {
    const words = new Uint32Array(700_000);
    for (let index = 0, state = 1; index < words.length; index += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      words[index] = state;
    }
    const column = new Type(words.buffer);
    const planes = Type.BYTES_PER_ELEMENT === 1 ? 16 : Type.BYTES_PER_ELEMENT;
    const packed = [...packColumn(column, { delta: true, planes })];
    expect(packed.map(({ byteLength }) => byteLength)).toEqual([2 ** 20, 2 ** 20, 2_800_000 - 2 ** 21]);
    expect(bytesOf(roundTrip(column, { delta: true, planes })).equals(bytesOf(column))).toBe(true);
  },
);

test('times that grow are stored as differences, ids in planes, and short columns as they are', () => {
  const times = Float64Array.from({ length: 10_000 }, (_, index) => 5e10 + index * 1_250.37);
  expect(bestFilter(times).delta).toBe(true);
  const ids = new Uint8Array(16 * 1_000);
  for (let index = 0, state = 1; index < ids.length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    ids[index] = index % 16 < 6 ? index % 16 : state >>> 24;
  }
  expect(bestFilter(ids)).toEqual({ delta: false, planes: 16 });
  expect(bestFilter(times.subarray(0, 9))).toEqual({ delta: false, planes: 1 });
});

test('a view into a larger buffer is a column of its own, and a Buffer one of bytes', () => {
  const view = new Float64Array(new Float64Array([1, 2, 3, 4]).buffer, 8, 2);
  expect([...roundTrip(view, { delta: true, planes: 8 })]).toEqual([2, 3]);
  expect(columnTypeOf(Buffer.from('x'))).toBe('Uint8');
  expect([new DataView(new ArrayBuffer(1)), [1], new Map(), undefined].map(columnTypeOf)).toEqual(
    Array(4).fill(undefined),
  );
});
