import type { PooledConnection } from '../pool/pooled-connection.ts';
import type { MessageOutcome } from '../queue/push-transaction.ts';
import type { QueueOptions } from '../queue/queue-options.ts';

/** A message with the ids its producer is told, whatever becomes of it. */
export interface LegacyMessage {
  readonly id: string;
  readonly transactionId: string;
  /** The producer gave the transaction id: it may have been seen before. */
  readonly isNamed: boolean;
  readonly traceId: string | undefined;
  readonly payload: string;
}

/** A partition as the older push reads it, with its queue's options of that version. */
export interface LegacyPartition {
  readonly id: bigint;
  readonly queue: string;
  readonly queueVersion: number;
  readonly options: Pick<QueueOptions, 'encryptionEnabled' | 'maxSize'>;
}

/**
 * Adds messages, in the form the queue stores, to one partition inside the transaction that is open. Undefined when the
 * partition was removed, or its queue's options are not those of that version: then nothing was added.
 */
export async function storeLegacyChunk(
  connection: PooledConnection,
  partition: LegacyPartition,
  messages: readonly LegacyMessage[],
): Promise<readonly MessageOutcome[] | undefined> {
  const lastSeq = await takeSequence(connection, partition, messages.length);
  if (lastSeq === undefined) return undefined;
  const known = await findDuplicates(connection, partition, messages);
  const fresh: LegacyMessage[] = [];
  const outcomes = messages.map((message): MessageOutcome => {
    const existing = known.get(message.transactionId);
    if (existing !== undefined) return { status: 'duplicate', messageId: existing };
    // From here on a second message with this id in the same chunk is a duplicate of this one.
    known.set(message.transactionId, message.id);
    fresh.push(message);
    return { status: 'queued' };
  });
  if (fresh.length > 0) await insertMessages(connection, partition, lastSeq - BigInt(messages.length), fresh);
  return outcomes;
}

/**
 * Locks the partition until commit and returns its new last sequence number; see the first migration. The lock is had
 * only if the options are still those the messages were prepared for.
 */
async function takeSequence(
  connection: PooledConnection,
  { id, queueVersion }: LegacyPartition,
  messages: number,
): Promise<bigint | undefined> {
  const { rows } = await connection.query<{ last_seq: string }>({
    name: 'legacy-take-sequence',
    text: `
      update partitions set last_seq = last_seq + $2
      where id = $1 and queue_version = $3
      returning last_seq`,
    values: [id.toString(), messages, queueVersion],
  });
  return rows[0] && BigInt(rows[0].last_seq);
}

async function findDuplicates(
  connection: PooledConnection,
  { id }: LegacyPartition,
  messages: readonly LegacyMessage[],
): Promise<Map<string, string>> {
  const asked = messages.filter(({ isNamed }) => isNamed).map(({ transactionId }) => transactionId);
  if (asked.length === 0) return new Map();
  const { rows } = await connection.query<{ transaction_id: string; id: string }>({
    name: 'legacy-find-duplicates',
    text: 'select transaction_id, id from messages where partition_id = $1 and transaction_id = any($2::text[])',
    values: [id.toString(), asked],
  });
  return new Map(rows.map((row) => [row.transaction_id, row.id]));
}

async function insertMessages(
  connection: PooledConnection,
  { id, options }: LegacyPartition,
  seqBefore: bigint,
  fresh: readonly LegacyMessage[],
): Promise<void> {
  await connection.query({
    name: 'legacy-insert-messages',
    text: `
      insert into messages (partition_id, seq, id, transaction_id, trace_id, created_at, is_encrypted, payload)
      select $1, $2::bigint + i.position, i.id, i.transaction_id, i.trace_id, (select clock_timestamp()), $7,
             i.payload::json
      from unnest($3::uuid[], $4::text[], $5::uuid[], $6::text[])
        with ordinality as i (id, transaction_id, trace_id, payload, position)
      returning id, transaction_id, trace_id`,
    values: [
      id.toString(),
      seqBefore.toString(),
      fresh.map(({ id: messageId }) => messageId),
      fresh.map(({ transactionId }) => transactionId),
      fresh.map(({ traceId }) => traceId ?? null),
      fresh.map(({ payload }) => payload),
      options.encryptionEnabled,
    ],
  });
}
