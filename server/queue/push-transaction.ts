import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import type { PooledConnection } from '../pool/pooled-connection.ts';
import { whileAlive } from '../pool/probe.ts';
import { type FoundMessageRow, findMessagesStatement } from '../sql/find-messages.ts';
import { type PushChunkRow, pushChunkStatement } from '../sql/push-chunk.ts';
import type { Chunk } from './chunk.ts';

/** What became of one message of a transaction. `stale` = its partition changed since it was looked up; nothing was stored. */
export type MessageOutcome =
  | { readonly status: 'queued' }
  | { readonly status: 'duplicate'; readonly messageId: string | undefined }
  /** `transient`: the same message may well be stored when it is tried again, after a lock time-out for instance. */
  | { readonly status: 'failed'; readonly error: string; readonly transient?: boolean }
  | { readonly status: 'stale' };

/**
 * Stores chunks in one transaction on one connection; outcomes chunk by chunk, message by message. A second statement is
 * needed only when some messages were not inserted: it tells which stored message each duplicate repeats.
 *
 * @throws what the pool or PostgreSQL threw.
 */
export async function runPushTransaction(
  pool: AsyncDbPool,
  chunks: readonly Chunk[],
): Promise<readonly (readonly MessageOutcome[])[]> {
  await using connection = await pool.acquire({ signal: pool.outage });
  const statement = pushChunkStatement(
    chunks.map(({ partition, messages }) => ({
      partitionId: partition.id,
      queueVersion: partition.queueVersion,
      messages,
    })),
  );
  const row = (await whileAlive(pool, connection.query<PushChunkRow>(statement))).rows[0];
  if (row === undefined) throw new Error('The push statement answered without a row.');
  if (row.inserted === null) return chunks.map(({ messages }) => messages.map(() => ({ status: 'queued' })));
  return await explainMissing(pool, connection, chunks, new Set(row.inserted), new Set(row.locked));
}

async function explainMissing(
  pool: AsyncDbPool,
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
  const { rows } = await whileAlive(pool, connection.query<FoundMessageRow>(find));
  const storedId = new Map(rows.map((row) => [missing[Number(row.position) - 1]?.message.id.text, row.id]));
  return chunks.map(({ partition, messages }) =>
    messages.map(({ id }): MessageOutcome => {
      if (inserted.has(id.text)) return { status: 'queued' };
      if (!locked.has(partition.id.toString())) return { status: 'stale' };
      const messageId = storedId.get(id.text);
      // Our own row: an earlier try was committed and only its reply was lost.
      return messageId === id.text ? { status: 'queued' } : { status: 'duplicate', messageId };
    }),
  );
}
