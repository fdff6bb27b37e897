import { expect, test } from 'vitest';
import { int4Array, int8Array, jsonArray, textArray, uuidArray } from './binary-array.ts';

const words = (...values: readonly number[]): Buffer => {
  const buffer = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) buffer.writeInt32BE(value, index * 4);
  return buffer;
};

// Dimensions, null flag, element type, length, lower bound; then each element with its length.
test('int4 and int8', () => {
  expect(int4Array([1, -2])).toEqual(words(1, 0, 23, 2, 1, 4, 1, 4, -2));
  expect(int8Array([-1n, 2n ** 32n])).toEqual(words(1, 0, 20, 2, 1, 8, -1, -1, 8, 1, 0));
});

test('text and json are measured in bytes of UTF-8', () => {
  expect(textArray(['é'])).toEqual(Buffer.concat([words(1, 0, 25, 1, 1, 2), Buffer.from('é')]));
  expect(jsonArray(['"😀"', ''])).toEqual(Buffer.concat([words(1, 0, 114, 2, 1, 6), Buffer.from('"😀"'), words(0)]));
});

test('an absent UUID is NULL', () => {
  const uuid = Buffer.from('0123456789abcdef0123456789abcdef', 'hex');
  expect(uuidArray([uuid, undefined])).toEqual(Buffer.concat([words(1, 1, 2950, 2, 1, 16), uuid, words(-1)]));
  expect(uuidArray([uuid])).toEqual(Buffer.concat([words(1, 0, 2950, 1, 1, 16), uuid]));
});
