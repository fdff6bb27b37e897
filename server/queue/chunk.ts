import type { NewMessage } from './message.ts';
import type { KnownPartition } from './partition-directory.ts';

/** Consecutive messages of one partition inside a transaction. */
export interface Chunk {
  readonly partition: KnownPartition;
  /** As the partition's queue stores them: encrypted if it says so. */
  readonly messages: readonly NewMessage[];
  /** Chunks of one number enter a queue with a capacity together or not at all; see `capacity.ts`. */
  readonly unit?: number;
}

export function countMessages(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, { messages }) => sum + messages.length, 0);
}

/** Cuts chunks with at least two messages in the middle, order kept; {@link joinHalves} puts the answers together. */
export function halve(chunks: readonly Chunk[]): readonly [readonly Chunk[], readonly Chunk[]] {
  const middle = countMessages(chunks) >>> 1;
  const first: Chunk[] = [];
  const second: Chunk[] = [];
  let seen = 0;
  for (const chunk of chunks) {
    const { messages } = chunk;
    const cut = Math.max(0, Math.min(messages.length, middle - seen));
    if (cut > 0) first.push({ ...chunk, messages: messages.slice(0, cut) });
    if (cut < messages.length) second.push({ ...chunk, messages: messages.slice(cut) });
    seen += messages.length;
  }
  return [first, second];
}

/** Answers to the two halves in the shape of the whole. */
export function joinHalves<Answer>(
  chunks: readonly Chunk[],
  first: readonly (readonly Answer[])[],
  second: readonly (readonly Answer[])[],
): readonly (readonly Answer[])[] {
  const answers = [...first.flat(), ...second.flat()];
  let start = 0;
  return chunks.map(({ messages }) => {
    const own = answers.slice(start, start + messages.length);
    start += messages.length;
    return own;
  });
}

/** One chunk a partition, messages in order: what the push statement takes. */
export function mergeByPartition(chunks: readonly Chunk[]): readonly Chunk[] {
  return [...Map.groupBy(chunks, ({ partition }) => partition.id).values()].flatMap((same) =>
    same.slice(0, 1).map(({ partition }) => ({ partition, messages: same.flatMap(({ messages }) => messages) })),
  );
}
