import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import type { PooledConnection } from '../pool/pooled-connection.ts';
import { type BatchLimits, planBatches } from '../queue/batch-plan.ts';
import { judgeCapacity } from '../queue/capacity.ts';
import type { NewMessage, PushItem, PushResult } from '../queue/message.ts';
import type { PayloadCipher } from '../queue/payload-cipher.ts';
import { sealPayloads, unsealableError } from '../queue/payload-seal.ts';
import { failedResult, type Prepared, type PreparedGroup, preparePush } from '../queue/prepared-push.ts';
import { missingQueueError } from '../queue/push-item.ts';
import { estimateRowBytes } from '../queue/row-size.ts';
import type { UuidV7Generator } from '../queue/uuid-v7.ts';
import { type LockedQueueRow, lockQueuesStatement } from '../sql/queue-capacity.ts';
import { createPartitionStatement, findPartitionStatement, type PartitionRow } from '../sql/resolve-partition.ts';
import { classifyFailure } from '../sql/sqlstate.ts';
import { type LegacyPartition, storeLegacyChunk } from './legacy-chunk.ts';

export interface LegacyPushOptions {
  readonly pool: AsyncDbPool;
  readonly ids: UuidV7Generator;
  readonly limits: BatchLimits;
  readonly cipher: PayloadCipher | undefined;
  /** How long a queue whose options keep changing under the push is tried again. */
  readonly staleTimeoutMs: number;
}

/** Messages of one partition that are stored in one go. */
interface LegacyChunk {
  readonly partition: LegacyPartition;
  readonly prepared: readonly Prepared[];
  /** As the queue stores them. */
  readonly messages: readonly NewMessage[];
}

/** A partition's options changed since they were read; the transaction was rolled back. */
class StalePartitionError extends Error {
  override readonly name = 'StalePartitionError';
}

/**
 * The older push: one request, one thread, one connection, statement by statement, one transaction a chunk, nothing
 * shared between requests. The same SQL steps and the same number of round trips (eight a chunk) as the thread-pool route
 * of the original server; kept for comparison, and as correct as the new one. What goes to a queue with a capacity is one
 * transaction, two round trips longer, because it fits or fails as a whole.
 *
 * @throws whatever means an outage; every other failure is the item's own.
 */
export async function pushLegacy(
  options: LegacyPushOptions,
  items: readonly PushItem[],
): Promise<readonly PushResult[]> {
  await using connection = await options.pool.acquire();
  const results = new Array<PushResult>(items.length);
  for (const groups of Map.groupBy(preparePush(items, options.ids, results), ({ queue }) => queue).values()) {
    await pushQueue(connection, options, groups, results);
  }
  return results;
}

/** Pushes the items of one queue, chunk by chunk; what finds its partition changed is prepared anew. */
async function pushQueue(
  connection: PooledConnection,
  options: LegacyPushOptions,
  groups: readonly PreparedGroup[],
  results: PushResult[],
): Promise<void> {
  const giveUpAt = performance.now() + options.staleTimeoutMs;
  const open = [...groups];
  while (open.length > 0) {
    const chunks = await nextChunks(connection, options, open, results);
    const prepared = chunks.flatMap((chunk) => chunk.prepared);
    try {
      await storeInTransaction(connection, chunks, results);
    } catch (error) {
      if (classifyFailure(error) === 'outage') throw error;
      await connection.query({ text: 'rollback' });
      if (error instanceof StalePartitionError && performance.now() < giveUpAt) continue;
      const text = error instanceof Error ? error.message : String(error);
      for (const item of prepared) results[item.index] = failedResult(item, text);
    }
    dropAnswered(open, results);
  }
}

/**
 * The next chunk; with a capacity, all chunks there are, in the order in which everybody locks partitions. Empty when the first group cannot be stored: it is answered.
 */
async function nextChunks(
  connection: PooledConnection,
  { limits, cipher }: LegacyPushOptions,
  groups: readonly PreparedGroup[],
  results: PushResult[],
): Promise<readonly LegacyChunk[]> {
  const chunks: LegacyChunk[] = [];
  for (const { queue, partition: name, messages } of groups) {
    const partition = await findPartition(connection, queue, name);
    if (partition === undefined || (partition.options.encryptionEnabled && cipher === undefined)) {
      const error = partition === undefined ? missingQueueError(queue) : unsealableError(queue);
      for (const prepared of messages) results[prepared.index] = failedResult(prepared, error);
      return [];
    }
    const { encryptionEnabled, maxSize } = partition.options;
    const size = ({ message }: Prepared): number => estimateRowBytes(message.payload.length, encryptionEnabled);
    for (const prepared of planBatches(messages, size, limits)) {
      const plain = prepared.map(({ message }) => message);
      chunks.push({ partition, prepared, messages: sealPayloads(plain, partition.options, cipher) ?? [] });
      if (maxSize === 0) return chunks;
    }
  }
  return chunks.toSorted(({ partition: one }, { partition: other }) => Number(one.id - other.id));
}

async function findPartition(
  connection: PooledConnection,
  queue: string,
  name: string,
): Promise<LegacyPartition | undefined> {
  const exists = await connection.query({ text: 'select id from queues where name = $1', values: [queue] });
  if (exists.rows.length === 0) return undefined;
  await connection.query(createPartitionStatement(queue, name));
  const row = (await connection.query<PartitionRow>(findPartitionStatement(queue, name))).rows[0];
  return row && { id: BigInt(row.id), queue, queueVersion: row.queue_version, options: row.options };
}

async function storeInTransaction(
  connection: PooledConnection,
  chunks: readonly LegacyChunk[],
  results: PushResult[],
): Promise<void> {
  const [first] = chunks;
  if (first === undefined) return;
  await connection.query({ text: 'begin' });
  if (first.partition.options.maxSize > 0) {
    const refusal = await refusalForCapacity(connection, first.partition, chunks);
    if (refusal !== undefined) throw new Error(refusal);
  }
  const answers: PushResult[][] = [];
  for (const { partition, prepared, messages } of chunks) {
    const answer = await storeLegacyChunk(connection, partition, prepared, messages);
    if (answer === undefined) throw new StalePartitionError('The queue changed while the message was pushed');
    answers.push(answer);
  }
  await connection.query({ text: 'commit' });
  for (const [chunk, { prepared }] of chunks.entries()) {
    for (const [position, { index }] of prepared.entries()) {
      const answer = answers[chunk]?.[position];
      if (answer !== undefined) results[index] = answer;
    }
  }
}

/** Locks the queue until the transaction ends. */
async function refusalForCapacity(
  connection: PooledConnection,
  { queue, queueVersion }: LegacyPartition,
  chunks: readonly LegacyChunk[],
): Promise<string | undefined> {
  const locked = (await connection.query<LockedQueueRow>(lockQueuesStatement([queue]))).rows[0];
  if (locked?.version !== queueVersion) throw new StalePartitionError('The queue changed while the message was pushed');
  const [refusal] = await judgeCapacity(connection, locked, [chunks]);
  return refusal;
}

/** Chunks are taken from the front, so answers are there too. */
function dropAnswered(open: PreparedGroup[], results: readonly PushResult[]): void {
  for (let first = open[0]; first !== undefined; first = open[0]) {
    const messages = first.messages.filter(({ index }) => results[index] === undefined);
    if (messages.length > 0) {
      open[0] = { ...first, messages };
      return;
    }
    open.shift();
  }
}
