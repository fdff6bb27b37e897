import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import type { PooledConnection } from '../pool/pooled-connection.ts';
import { type BatchLimits, planBatches } from '../queue/batch-plan.ts';
import { judgeCapacity } from '../queue/capacity.ts';
import type { PayloadCipher } from '../queue/payload-cipher.ts';
import { sealPayloads, unsealableError } from '../queue/payload-seal.ts';
import { missingQueueError } from '../queue/push-item.ts';
import type { MessageOutcome } from '../queue/push-transaction.ts';
import { estimateRowBytes } from '../queue/row-size.ts';
import { type LockedQueueRow, lockQueuesStatement } from '../sql/queue-capacity.ts';
import { createPartitionStatement, findPartitionStatement, type PartitionRow } from '../sql/resolve-partition.ts';
import { classifyFailure } from '../sql/sqlstate.ts';
import { type LegacyMessage, type LegacyPartition, storeLegacyChunk } from './legacy-chunk.ts';

export interface LegacyPushOptions {
  readonly pool: AsyncDbPool;
  readonly limits: BatchLimits;
  readonly cipher: PayloadCipher | undefined;
  /** How long a queue whose options keep changing under the push is tried again. */
  readonly staleTimeoutMs: number;
}

/** Messages of one request that go to one partition, in order; the groups of a queue stand together. */
export interface LegacyGroup {
  readonly queue: string;
  readonly partition: string;
  readonly messages: readonly LegacyMessage[];
}

/** Messages of one partition that are stored in one go. */
interface LegacyChunk {
  readonly partition: LegacyPartition;
  readonly messages: readonly LegacyMessage[];
  /** The same as the queue stores them. */
  readonly sealed: readonly LegacyMessage[];
}

type Outcomes = Map<LegacyMessage, MessageOutcome>;

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
 * @returns outcomes group by group, message by message.
 * @throws whatever means an outage; every other failure is the message's own.
 */
export async function pushLegacy(
  options: LegacyPushOptions,
  groups: readonly LegacyGroup[],
  outage: AbortSignal,
): Promise<readonly (readonly MessageOutcome[])[]> {
  await using connection = await options.pool.acquire({ signal: outage });
  const outcomes: Outcomes = new Map();
  for (const ofQueue of Map.groupBy(groups, ({ queue }) => queue).values()) {
    await pushQueue(connection, options, ofQueue, outcomes);
  }
  return groups.map(({ messages }) => messages.map((message) => outcomes.get(message) ?? { status: 'stale' }));
}

/** Pushes the messages of one queue, chunk by chunk; what finds its partition changed is prepared anew. */
async function pushQueue(
  connection: PooledConnection,
  options: LegacyPushOptions,
  groups: readonly LegacyGroup[],
  outcomes: Outcomes,
): Promise<void> {
  const giveUpAt = performance.now() + options.staleTimeoutMs;
  for (let open = groups; open.length > 0; open = withoutAnswered(open, outcomes)) {
    const chunks = await nextChunks(connection, options, open, outcomes);
    try {
      await storeInTransaction(connection, chunks, outcomes);
    } catch (error) {
      if (classifyFailure(error) === 'outage') throw error;
      await connection.query({ text: 'rollback' });
      if (error instanceof StalePartitionError && performance.now() < giveUpAt) continue;
      const text = error instanceof Error ? error.message : String(error);
      for (const message of chunks.flatMap(({ messages }) => messages)) {
        outcomes.set(message, { status: 'failed', error: text });
      }
    }
  }
}

/**
 * The next chunk; with a capacity, all chunks there are, in the order in which everybody locks partitions. Empty when the
 * first group cannot be stored: it is answered.
 */
async function nextChunks(
  connection: PooledConnection,
  { limits, cipher }: LegacyPushOptions,
  groups: readonly LegacyGroup[],
  outcomes: Outcomes,
): Promise<readonly LegacyChunk[]> {
  const chunks: LegacyChunk[] = [];
  for (const { queue, partition: name, messages } of groups) {
    const partition = await findPartition(connection, queue, name);
    if (partition === undefined || (partition.options.encryptionEnabled && cipher === undefined)) {
      const error = partition === undefined ? missingQueueError(queue) : unsealableError(queue);
      for (const message of messages) outcomes.set(message, { status: 'failed', error });
      return [];
    }
    const { encryptionEnabled, maxSize } = partition.options;
    const size = ({ payload }: LegacyMessage): number => estimateRowBytes(payload.length, encryptionEnabled);
    for (const batch of planBatches(messages, size, limits)) {
      chunks.push({ partition, messages: batch, sealed: sealPayloads(batch, partition.options, cipher) ?? [] });
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
  outcomes: Outcomes,
): Promise<void> {
  const [first] = chunks;
  if (first === undefined) return;
  await connection.query({ text: 'begin' });
  if (first.partition.options.maxSize > 0) {
    const refusal = await refusalForCapacity(connection, first.partition, chunks);
    if (refusal !== undefined) throw new Error(refusal);
  }
  const answers: (readonly MessageOutcome[])[] = [];
  for (const { partition, sealed } of chunks) {
    const answer = await storeLegacyChunk(connection, partition, sealed);
    if (answer === undefined) throw new StalePartitionError('The queue changed while the message was pushed');
    answers.push(answer);
  }
  await connection.query({ text: 'commit' });
  for (const [chunk, { messages }] of chunks.entries()) {
    for (const [position, message] of messages.entries()) {
      outcomes.set(message, answers[chunk]?.[position] ?? { status: 'stale' });
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

function withoutAnswered(groups: readonly LegacyGroup[], outcomes: Outcomes): readonly LegacyGroup[] {
  return groups.flatMap((group) => {
    const messages = group.messages.filter((message) => !outcomes.has(message));
    return messages.length === 0 ? [] : [{ ...group, messages }];
  });
}
