import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import type { PooledConnection } from '../pool/pooled-connection.ts';
import { type BatchLimits, planBatches } from '../queue/batch-plan.ts';
import { missingQueueError } from '../queue/push-item.ts';
import type { MessageOutcome } from '../queue/push-transaction.ts';
import { estimateRowBytes } from '../queue/row-size.ts';
import { createPartitionStatement, findPartitionStatement, type PartitionRow } from '../sql/resolve-partition.ts';
import { classifyFailure } from '../sql/sqlstate.ts';

/** A message with the ids its producer is told, whatever becomes of it. */
interface LegacyMessage {
  readonly id: string;
  readonly transactionId: string;
  /** The producer gave the transaction id: it may have been seen before. */
  readonly isNamed: boolean;
  readonly traceId: string | undefined;
  readonly payload: string;
}

/** Messages of one request that go to one partition, in order. */
export interface LegacyGroup {
  readonly queue: string;
  readonly partition: string;
  readonly messages: readonly LegacyMessage[];
}

/**
 * The older push: one request, one thread, one connection, statement by statement, one transaction a chunk, nothing
 * shared between requests. The same SQL steps and the same number of round trips (eight a chunk) as the thread-pool route
 * of the original server; kept for comparison, and as correct as the new one.
 *
 * @returns outcomes group by group, message by message.
 * @throws whatever means an outage; every other failure is the message's own.
 */
export async function pushLegacy(
  pool: AsyncDbPool,
  groups: readonly LegacyGroup[],
  limits: BatchLimits,
  outage: AbortSignal,
): Promise<readonly (readonly MessageOutcome[])[]> {
  await using connection = await pool.acquire({ signal: outage });
  const outcomes: MessageOutcome[][] = [];
  for (const { queue, partition, messages } of groups) {
    const ofGroup: MessageOutcome[] = [];
    for (const chunk of planBatches(messages, ({ payload }) => estimateRowBytes(payload.length, false), limits)) {
      ofGroup.push(...(await pushChunk(connection, { queue, partition, messages: chunk })));
    }
    outcomes.push(ofGroup);
  }
  return outcomes;
}

async function pushChunk(connection: PooledConnection, chunk: LegacyGroup): Promise<readonly MessageOutcome[]> {
  try {
    return await storeChunk(connection, chunk);
  } catch (error) {
    if (classifyFailure(error) === 'outage') throw error;
    await connection.query({ text: 'rollback' });
    const text = error instanceof Error ? error.message : String(error);
    return chunk.messages.map(() => ({ status: 'failed', error: text }));
  }
}

async function storeChunk(
  connection: PooledConnection,
  { queue, partition: name, messages }: LegacyGroup,
): Promise<readonly MessageOutcome[]> {
  const exists = await connection.query({ text: 'select id from queues where name = $1', values: [queue] });
  if (exists.rows.length === 0) return messages.map(() => ({ status: 'failed', error: missingQueueError(queue) }));
  await connection.query(createPartitionStatement(queue, name));
  const partition = (await connection.query<PartitionRow>(findPartitionStatement(queue, name))).rows[0];
  if (partition === undefined) throw new Error(`Partition '${name}' was removed while it was pushed to`);
  await connection.query({ text: 'begin' });
  const lastSeq = await takeSequence(connection, partition.id, messages.length);
  const known = await findDuplicates(connection, partition.id, messages);
  const fresh: LegacyMessage[] = [];
  const outcomes = messages.map((message): MessageOutcome => {
    const existing = known.get(message.transactionId);
    if (existing !== undefined) return { status: 'duplicate', messageId: existing };
    // From here on a second message with this id in the same chunk is a duplicate of this one.
    known.set(message.transactionId, message.id);
    fresh.push(message);
    return { status: 'queued' };
  });
  if (fresh.length > 0) await insertMessages(connection, partition.id, lastSeq - BigInt(messages.length), fresh);
  await connection.query({ text: 'commit' });
  return outcomes;
}

/** Locks the partition until commit and returns its new last sequence number; see the first migration. */
async function takeSequence(connection: PooledConnection, partitionId: string, messages: number): Promise<bigint> {
  const { rows } = await connection.query<{ last_seq: string }>({
    name: 'legacy-take-sequence',
    text: 'update partitions set last_seq = last_seq + $2 where id = $1 returning last_seq',
    values: [partitionId, messages],
  });
  if (rows[0] === undefined) throw new Error('The partition was removed while it was pushed to');
  return BigInt(rows[0].last_seq);
}

async function findDuplicates(
  connection: PooledConnection,
  partitionId: string,
  messages: readonly LegacyMessage[],
): Promise<Map<string, string>> {
  const asked = messages.filter(({ isNamed }) => isNamed).map(({ transactionId }) => transactionId);
  if (asked.length === 0) return new Map();
  const { rows } = await connection.query<{ transaction_id: string; id: string }>({
    name: 'legacy-find-duplicates',
    text: 'select transaction_id, id from messages where partition_id = $1 and transaction_id = any($2::text[])',
    values: [partitionId, asked],
  });
  return new Map(rows.map((row) => [row.transaction_id, row.id]));
}

async function insertMessages(
  connection: PooledConnection,
  partitionId: string,
  seqBefore: bigint,
  fresh: readonly LegacyMessage[],
): Promise<void> {
  await connection.query({
    name: 'legacy-insert-messages',
    text: `
      insert into messages (partition_id, seq, id, transaction_id, trace_id, created_at, payload)
      select $1, $2::bigint + i.position, i.id, i.transaction_id, i.trace_id, (select clock_timestamp()), i.payload::json
      from unnest($3::uuid[], $4::text[], $5::uuid[], $6::text[])
        with ordinality as i (id, transaction_id, trace_id, payload, position)
      returning id, transaction_id, trace_id`,
    values: [
      partitionId,
      seqBefore.toString(),
      fresh.map(({ id }) => id),
      fresh.map(({ transactionId }) => transactionId),
      fresh.map(({ traceId }) => traceId ?? null),
      fresh.map(({ payload }) => payload),
    ],
  });
}
