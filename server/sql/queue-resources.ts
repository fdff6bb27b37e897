import type { Statement } from '../pool/pool-member.ts';
import type { QueueOptions } from '../queue/queue-options.ts';
import { type MessageCountsRow, PARTITION_COUNTS, SUM_COUNTS } from './message-counts.ts';

/** A page of a list. */
export interface Page {
  readonly limit: number;
  readonly offset: number;
}

export interface QueueRow extends MessageCountsRow {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly task: string;
  readonly priority: number;
  readonly options: QueueOptions;
  readonly created_at: Date;
  readonly partitions: string;
}

/** Which queues; undefined members do not restrict. */
export interface QueueFilter {
  readonly queue?: string | undefined;
  readonly namespace?: string | undefined;
  readonly task?: string | undefined;
}

const CHOSEN = `
  ($1::text is null or q.name = $1) and ($2::text is null or q.namespace = $2) and ($3::text is null or q.task = $3)`;

/** Rows are {@link QueueRow}, newest first. */
export function listQueuesStatement(filter: QueueFilter, { limit, offset }: Page): Statement {
  return {
    name: 'list-queues',
    text: `
      with page as (
        select * from queues q where ${CHOSEN} order by q.id desc limit $4 offset $5
      )
      select q.id, q.name, q.namespace, q.task, q.priority, q.options, q.created_at,
             count(p.id) as partitions, ${SUM_COUNTS}
      from page q
      left join partitions p on p.queue_id = q.id
      left join lateral (${PARTITION_COUNTS}) n on p.id is not null
      group by q.id, q.name, q.namespace, q.task, q.priority, q.options, q.created_at
      order by q.id desc`,
    values: [...filterValues(filter), limit, offset],
  };
}

export interface QueueCountRow {
  readonly count: string;
}

/** How many queues there are on all pages: {@link QueueCountRow}. */
export function countQueuesStatement(filter: QueueFilter): Statement {
  return {
    name: 'count-queues',
    text: `select count(*) from queues q where ${CHOSEN}`,
    values: filterValues(filter),
  };
}

function filterValues({ queue, namespace, task }: QueueFilter): readonly (string | null)[] {
  return [queue ?? null, namespace ?? null, task ?? null];
}

export interface PartitionRow extends MessageCountsRow {
  readonly uuid: string;
  readonly name: string;
  readonly created_at: Date;
  readonly oldest: Date | null;
  readonly newest: Date | null;
  readonly last_popped_at: Date | null;
}

/** Rows are {@link PartitionRow}, by name. */
export function listPartitionsStatement(queueId: string, { limit, offset }: Page): Statement {
  return {
    name: 'list-partitions',
    text: `
      with page as (
        select * from partitions where queue_id = $1 order by name limit $2 offset $3
      )
      select p.uuid, p.name, p.created_at, n.*,
             (select max(c.last_popped_at) from partition_consumers c where c.partition_id = p.id) as last_popped_at,
             (select created_at from messages m where m.partition_id = p.id order by m.seq limit 1) as oldest,
             (select created_at from messages m where m.partition_id = p.id order by m.seq desc limit 1) as newest
      from page p
      cross join lateral (${PARTITION_COUNTS}) n
      order by p.name`,
    values: [queueId, limit, offset],
  };
}

export interface LabelRow extends MessageCountsRow {
  readonly label: string;
  readonly queues: string;
  readonly partitions: string;
}

/** Rows are {@link LabelRow}: the namespaces, or the tasks, there are. */
export function listLabelsStatement(column: 'namespace' | 'task', { limit, offset }: Page): Statement {
  return {
    name: `list-${column}s`,
    text: `
      with page as (
        select ${column} as label, array_agg(id) as ids from queues
        group by 1 order by 1 limit $1 offset $2
      )
      select l.label, cardinality(l.ids) as queues, count(p.id) as partitions, ${SUM_COUNTS}
      from page l
      left join partitions p on p.queue_id = any (l.ids)
      left join lateral (${PARTITION_COUNTS}) n on p.id is not null
      group by l.label, l.ids
      order by l.label`,
    values: [limit, offset],
  };
}
