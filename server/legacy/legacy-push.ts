import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import type { PooledConnection } from '../pool/pooled-connection.ts';
import { type BatchLimits, planBatches } from '../queue/batch-plan.ts';
import type { PushItem, PushResult } from '../queue/message.ts';
import { failedResult, type Prepared, preparePush } from '../queue/prepared-push.ts';
import { missingQueueError } from '../queue/push-item.ts';
import { estimateRowBytes } from '../queue/row-size.ts';
import type { UuidV7Generator } from '../queue/uuid-v7.ts';
import { createPartitionStatement, findPartitionStatement, type PartitionRow } from '../sql/resolve-partition.ts';
import { classifyFailure } from '../sql/sqlstate.ts';

/**
 * The older push: one request, one thread, one connection, statement by statement, one transaction a chunk, nothing
 * shared between requests. The same SQL steps and the same number of round trips (eight a chunk) as the thread-pool route
 * of the original server; kept for comparison, and as correct as the new one.
 *
 * @throws whatever means an outage; every other failure is the item's own.
 */
export async function pushLegacy(
  pool: AsyncDbPool,
  ids: UuidV7Generator,
  items: readonly PushItem[],
  limits: BatchLimits,
): Promise<readonly PushResult[]> {
  await using connection = await pool.acquire();
  const results = new Array<PushResult>(items.length);
  for (const { messages } of preparePush(items, ids, results)) {
    for (const chunk of planBatches(
      messages,
      ({ message }) => estimateRowBytes(message.payload.length, false),
      limits,
    )) {
      await pushChunk(connection, chunk, results);
    }
  }
  return results;
}

async function pushChunk(
  connection: PooledConnection,
  chunk: readonly Prepared[],
  results: PushResult[],
): Promise<void> {
  try {
    await storeChunk(connection, chunk, results);
  } catch (error) {
    if (classifyFailure(error) === 'outage') throw error;
    await connection.query({ text: 'rollback' });
    const text = error instanceof Error ? error.message : String(error);
    for (const prepared of chunk) results[prepared.index] = failedResult(prepared, text);
  }
}

async function storeChunk(
  connection: PooledConnection,
  chunk: readonly Prepared[],
  results: PushResult[],
): Promise<void> {
  const first = chunk[0];
  if (first === undefined) return;
  const { queue, partition: name } = first.item;
  const exists = await connection.query({ text: 'select id from queues where name = $1', values: [queue] });
  if (exists.rows.length === 0) {
    for (const prepared of chunk) results[prepared.index] = failedResult(prepared, missingQueueError(queue));
    return;
  }
  await connection.query(createPartitionStatement(queue, name));
  const partition = (await connection.query<PartitionRow>(findPartitionStatement(queue, name))).rows[0];
  if (partition === undefined) throw new Error(`Partition '${name}' was removed while it was pushed to`);
  await connection.query({ text: 'begin' });
  const lastSeq = await takeSequence(connection, partition.id, chunk.length);
  const known = await findDuplicates(connection, partition.id, chunk);
  const fresh: Prepared[] = [];
  for (const prepared of chunk) {
    const { id, transactionId } = prepared.message;
    const existing = known.get(transactionId);
    if (existing === undefined) {
      // From here on a second item with this id in the same chunk is a duplicate of this one.
      known.set(transactionId, id.text);
      fresh.push(prepared);
    }
    results[prepared.index] = {
      status: existing === undefined ? 'queued' : 'duplicate',
      transaction_id: transactionId,
      message_id: existing ?? id.text,
      trace_id: prepared.item.traceId,
    };
  }
  if (fresh.length > 0) await insertMessages(connection, partition.id, lastSeq - BigInt(chunk.length), fresh);
  await connection.query({ text: 'commit' });
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
  chunk: readonly Prepared[],
): Promise<Map<string, string>> {
  const asked = chunk
    .filter(({ item }) => item.transactionId !== undefined)
    .map(({ message }) => message.transactionId);
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
  fresh: readonly Prepared[],
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
      fresh.map(({ message }) => message.id.text),
      fresh.map(({ message }) => message.transactionId),
      fresh.map(({ item }) => item.traceId ?? null),
      fresh.map(({ message }) => message.payload),
    ],
  });
}
