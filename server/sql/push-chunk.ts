import type { Statement } from '../pool/pool-member.ts';
import type { NewMessage } from '../queue/message.ts';
import { int4Array, int8Array, jsonArray, textArray, uuidArray } from './binary-array.ts';

/** The messages one transaction adds to one partition, in order. */
export interface PartitionChunk {
  readonly partitionId: bigint;
  readonly queueVersion: number;
  /** The payloads are envelopes of the cipher. */
  readonly encrypted: boolean;
  readonly messages: readonly NewMessage[];
}

/** Both null when every message was inserted, which is nearly always. */
export interface PushChunkRow {
  /** Ids of the messages that were inserted. */
  readonly inserted: string[] | null;
  /** Partitions that exist and have the expected version. */
  readonly locked: string[] | null;
}

/**
 * Adds messages to their partitions in one statement, which is one transaction and one round trip: locks the partitions
 * in the order of their ids (so two workers cannot deadlock), takes their next sequence numbers, inserts what is not
 * there yet. Rows that exist already are left alone (`on conflict`), so running it again after a lost reply is safe.
 *
 * The ids of the inserted rows come back only when some were not inserted; the common reply is one row of nulls.
 */
const PUSH_CHUNK = `
  with target as (
    select p.id, c.messages, c.encrypted
    from unnest($1::bigint[], $2::int[], $3::int[], $11::bool[])
      as c (partition_id, queue_version, messages, encrypted)
    join partitions p on p.id = c.partition_id and p.queue_version = c.queue_version
    order by p.id
    for no key update of p
  ), locked as (
    update partitions p set last_seq = p.last_seq + t.messages
    from target t where p.id = t.id
    returning p.id, p.last_seq, t.encrypted, clock_timestamp() as created_at
  ), inserted as (
    insert into messages (partition_id, seq, id, transaction_id, trace_id, created_at, is_encrypted, payload)
    select l.id, l.last_seq - i.behind, i.id, i.transaction_id, i.trace_id, l.created_at, l.encrypted, i.payload
    from unnest($4::bigint[], $5::int[], $6::uuid[], $7::text[], $8::uuid[], $9::json[])
      as i (partition_id, behind, id, transaction_id, trace_id, payload)
    join locked l on l.id = i.partition_id
    on conflict (partition_id, transaction_id) do nothing
    returning id
  )
  select case when count(*) < $10::int then array(select id::text from inserted) end as inserted,
         case when count(*) < $10::int then array(select id::text from locked) end as locked
  from inserted`;

/** The statement for {@link PushChunkRow}. `behind` counts from the end: the last message of a partition has 0. */
export function pushChunkStatement(chunks: readonly PartitionChunk[]): Statement {
  const partitionIds: bigint[] = [];
  const behind: number[] = [];
  const messages: NewMessage[] = [];
  for (const chunk of chunks) {
    for (const [index, message] of chunk.messages.entries()) {
      partitionIds.push(chunk.partitionId);
      behind.push(chunk.messages.length - 1 - index);
      messages.push(message);
    }
  }
  return {
    name: 'push-chunk',
    text: PUSH_CHUNK,
    values: [
      int8Array(chunks.map((chunk) => chunk.partitionId)),
      int4Array(chunks.map((chunk) => chunk.queueVersion)),
      int4Array(chunks.map((chunk) => chunk.messages.length)),
      int8Array(partitionIds),
      int4Array(behind),
      uuidArray(messages.map((message) => message.id.bytes)),
      textArray(messages.map((message) => message.transactionId)),
      uuidArray(messages.map((message) => message.traceId)),
      jsonArray(messages.map((message) => message.payload)),
      messages.length,
      chunks.map((chunk) => chunk.encrypted),
    ],
  };
}
