import type { Statement } from '../pool/pool-member.ts';
import type { Page } from './queue-resources.ts';

/** Which dead letters; undefined members do not restrict. Times are those of the burial. */
export interface DeadLetterFilter {
  readonly queue: string | undefined;
  readonly consumerGroup: string | undefined;
  readonly partition: string | undefined;
  readonly from: Date | undefined;
  readonly to: Date | undefined;
}

export interface DeadLetterRow {
  readonly id: string;
  readonly message_id: string;
  readonly partition_uuid: string;
  readonly transaction_id: string;
  readonly consumer_group: string;
  readonly error: string | null;
  readonly retry_count: number;
  readonly failed_at: Date;
  readonly created_at: Date;
  readonly queue: string;
  readonly namespace: string;
  readonly task: string;
  readonly partition: string;
  readonly trace_id: string | null;
  /** JSON text. */
  readonly payload: string;
  readonly is_encrypted: boolean;
}

/** One definition for the list and its total, so that they cannot differ. */
const CHOSEN = `
  dead_letters d
  join partitions p on p.id = d.partition_id
  join queues q on q.id = p.queue_id
  join messages m on m.partition_id = d.partition_id and m.seq = d.seq
  where ($1::text is null or q.name = $1) and ($2::text is null or d.consumer_group = $2)
    and ($3::text is null or p.name = $3) and ($4::timestamptz is null or d.failed_at >= $4)
    and ($5::timestamptz is null or d.failed_at < $5)`;

/** Rows are {@link DeadLetterRow}, latest first. */
export function listDeadLettersStatement(filter: DeadLetterFilter, { limit, offset }: Page): Statement {
  return {
    name: 'list-dead-letters',
    text: `
      select p.id || '-' || d.seq || '-' || d.consumer_group as id, d.message_id, p.uuid as partition_uuid,
             d.transaction_id, d.consumer_group, d.error, d.retry_count, d.failed_at, m.created_at, q.name as queue,
             q.namespace, q.task, p.name as partition, m.trace_id, m.payload::text as payload, m.is_encrypted
      from ${CHOSEN}
      order by d.failed_at desc, d.partition_id, d.seq desc, d.consumer_group
      limit $6 offset $7`,
    values: [...filterValues(filter), limit, offset],
  };
}

export interface CountRow {
  readonly count: string;
}

/** How many dead letters there are on all pages: {@link CountRow}. */
export function countDeadLettersStatement(filter: DeadLetterFilter): Statement {
  return { name: 'count-dead-letters', text: `select count(*) from ${CHOSEN}`, values: filterValues(filter) };
}

export interface TopErrorRow {
  readonly error: string | null;
  readonly count: string;
}

/** The commonest reasons, {@link TopErrorRow}, of a queue's dead letters or of all. */
export function topErrorsStatement(queue: string | undefined, limit: number): Statement {
  return {
    name: 'top-errors',
    text: `
      select d.error, count(*) from dead_letters d
      where $1::text is null or d.partition_id in (
        select p.id from partitions p join queues q on q.id = p.queue_id where q.name = $1)
      group by d.error order by count(*) desc, d.error limit $2`,
    values: [queue ?? null, limit],
  };
}

function filterValues({ queue, consumerGroup, partition, from, to }: DeadLetterFilter): readonly (string | null)[] {
  return [
    queue ?? null,
    consumerGroup ?? null,
    partition ?? null,
    from?.toISOString() ?? null,
    to?.toISOString() ?? null,
  ];
}
