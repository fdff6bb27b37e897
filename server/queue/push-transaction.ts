import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import type { PooledConnection } from '../pool/pooled-connection.ts';
import { whileAlive } from '../pool/probe.ts';
import { type FoundMessageRow, findMessagesStatement } from '../sql/find-messages.ts';
import { type PushChunkRow, pushChunkStatement } from '../sql/push-chunk.ts';
import { type LockedQueueRow, lockQueuesStatement } from '../sql/queue-capacity.ts';
import { judgeCapacity } from './capacity.ts';
import { type Chunk, mergeByPartition } from './chunk.ts';

/** What became of one message of a transaction. `stale` = its partition changed since it was looked up; nothing was stored. */
export type MessageOutcome =
  | { readonly status: 'queued' }
  | { readonly status: 'duplicate'; readonly messageId: string | undefined }
  /** `transient`: the same message may well be stored when it is tried again, after a lock time-out for instance. */
  | { readonly status: 'failed'; readonly error: string; readonly transient?: boolean }
  | { readonly status: 'stale' };

/**
 * Stores chunks in one transaction on one connection; outcomes chunk by chunk, message by message. Where one is of a queue
 * with a capacity, all must be of that queue.
 *
 * @throws what the pool or PostgreSQL threw.
 */
export async function runPushTransaction(
  pool: AsyncDbPool,
  chunks: readonly Chunk[],
): Promise<readonly (readonly MessageOutcome[])[]> {
  await using connection = await pool.acquire({ signal: pool.outage });
  const capped = chunks.find(({ partition }) => partition.options.maxSize > 0);
  return await whileAlive(
    pool,
    capped === undefined
      ? storeChunks(connection, chunks)
      : storeWithinCapacity(connection, capped.partition.queue, chunks),
  );
}

/**
 * Stores chunks, one a partition, by one statement. A second one is needed only when some messages were not inserted: it
 * tells which stored message each duplicate repeats.
 */
export async function storeChunks(
  connection: PooledConnection,
  chunks: readonly Chunk[],
): Promise<readonly (readonly MessageOutcome[])[]> {
  const statement = pushChunkStatement(
    chunks.map(({ partition, messages }) => ({
      partitionId: partition.id,
      queueVersion: partition.queueVersion,
      encrypted: partition.options.encryptionEnabled,
      messages,
    })),
  );
  const row = (await connection.query<PushChunkRow>(statement)).rows[0];
  if (row === undefined) throw new Error('The push statement answered without a row.');
  if (row.inserted === null) return chunks.map(({ messages }) => messages.map(() => ({ status: 'queued' })));
  return await explainMissing(connection, chunks, new Set(row.inserted), new Set(row.locked));
}

/** Stores the units that fit; the queue is locked until commit, so what fits now still fits then. */
async function storeWithinCapacity(
  connection: PooledConnection,
  queue: string,
  chunks: readonly Chunk[],
): Promise<readonly (readonly MessageOutcome[])[]> {
  await connection.query({ text: 'begin' });
  const locked = (await connection.query<LockedQueueRow>(lockQueuesStatement([queue]))).rows[0];
  const current = chunks.filter(({ partition }) => partition.queueVersion === locked?.version);
  if (locked === undefined || current.length === 0) return answerEach(chunks, () => ({ status: 'stale' }));
  const units = [...Map.groupBy(current, ({ unit }) => unit).values()];
  const refusals = await judgeCapacity(connection, locked, units);
  const errors = new Map(units.flatMap((unit, index) => unit.map((chunk) => [chunk, refusals[index]])));
  const merged = mergeByPartition(current.filter((chunk) => errors.get(chunk) === undefined));
  const outcomes = merged.length === 0 ? [] : await storeChunks(connection, merged);
  await connection.query({ text: 'commit' });
  const byId = new Map(
    merged.flatMap(({ messages }, chunk) => messages.map(({ id }, index) => [id.text, outcomes[chunk]?.[index]])),
  );
  return answerEach(chunks, (chunk, id) => {
    const error = errors.get(chunk);
    return error === undefined ? (byId.get(id) ?? { status: 'stale' }) : { status: 'failed', error };
  });
}

function answerEach(
  chunks: readonly Chunk[],
  answer: (chunk: Chunk, id: string) => MessageOutcome,
): readonly (readonly MessageOutcome[])[] {
  return chunks.map((chunk) => chunk.messages.map(({ id }) => answer(chunk, id.text)));
}

async function explainMissing(
  connection: PooledConnection,
  chunks: readonly Chunk[],
  inserted: ReadonlySet<string>,
  locked: ReadonlySet<string>,
): Promise<readonly (readonly MessageOutcome[])[]> {
  const missing = chunks.flatMap(({ partition, messages }) =>
    messages.filter(({ id }) => !inserted.has(id.text)).map((message) => ({ partition, message })),
  );
  const find = findMessagesStatement(
    missing.map(({ partition, message }) => ({ partitionId: partition.id, transactionId: message.transactionId })),
  );
  const { rows } = await connection.query<FoundMessageRow>(find);
  const storedId = new Map(rows.map((row) => [missing[Number(row.position) - 1]?.message.id.text, row.id]));
  return answerEach(chunks, ({ partition }, id): MessageOutcome => {
    if (inserted.has(id)) return { status: 'queued' };
    if (!locked.has(partition.id.toString())) return { status: 'stale' };
    const messageId = storedId.get(id);
    // Our own row: an earlier try was committed and only its reply was lost.
    return messageId === id ? { status: 'queued' } : { status: 'duplicate', messageId };
  });
}
