import fc from 'fast-check';
import { expect, test } from 'vitest';
import { messageOf, partitionOf } from '../test/sample-messages.ts';
import { type Chunk, countMessages, halve, joinHalves } from './chunk.ts';

const chunksOf = (sizes: readonly number[]): readonly Chunk[] =>
  sizes.map((size, number) => ({
    partition: partitionOf(number),
    messages: Array.from({ length: size }, (_, index) => messageOf(`${number}/${index}`)),
  }));

const idsOf = (chunks: readonly Chunk[]): readonly (readonly string[])[] =>
  chunks.map(({ messages }) => messages.map(({ transactionId }) => transactionId));

test('halves are balanced, keep order and partition, have no empty chunk, and their answers join to the whole', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(sizes, (given) => {
      const chunks = chunksOf(given);
      fc.pre(countMessages(chunks) > 1);
      const [first, second] = halve(chunks);
      expect(Math.abs(countMessages(first) - countMessages(second))).toBeLessThanOrEqual(1);
      for (const { partition, messages } of [...first, ...second]) {
        expect(messages.length).toBeGreaterThan(0);
        for (const { transactionId } of messages) expect(transactionId.split('/')[0]).toBe(String(partition.id));
      }
      expect([...idsOf(first).flat(), ...idsOf(second).flat()]).toEqual(idsOf(chunks).flat());
      expect(joinHalves(chunks, idsOf(first), idsOf(second))).toEqual(idsOf(chunks));
    }),
  );
});
