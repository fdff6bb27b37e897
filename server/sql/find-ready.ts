import type { Statement } from '../pool/pool-member.ts';
import type { PopTarget } from './pop-target.ts';
import { IS_READY } from './readiness.ts';

export interface ReadyRow {
  /** Position of the target, counted from 1. */
  readonly position: string;
}

/**
 * `limit 1` in a lateral join pins the plan to index look-ups target by target, whatever the statistics say of the tables:
 * as a semi-join, a thousand waiters for partitions of one queue had PostgreSQL compare every one with every other.
 */
function readyIn(condition: string): string {
  return `
    cross join lateral (
      select from queues q join partitions p on p.queue_id = q.id
      left join partition_consumers c on c.partition_id = p.id and c.consumer_group = t.consumer_group
      where ${condition} and ${IS_READY}
      limit 1
    ) ready`;
}

/** A branch for each kind of target, because each goes another way: with one condition for all, every partition is looked at. */
const FIND_READY = `
  with target as materialized (
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) with ordinality
      as t (queue, partition, namespace, task, consumer_group, position)
  )
  select t.position from target t ${readyIn('q.name = t.queue and p.name = t.partition')}
  where t.partition is not null
  union all
  select t.position from target t ${readyIn('q.name = t.queue')}
  where t.queue is not null and t.partition is null
  union all
  select t.position from target t
  ${readyIn('(t.namespace is null or q.namespace = t.namespace) and (t.task is null or q.task = t.task)')}
  where t.queue is null`;

/** Which of many targets a pop might find something for, in one statement. Rows are {@link ReadyRow}. */
export function findReadyStatement(targets: readonly PopTarget[]): Statement {
  const column = (member: keyof PopTarget) => targets.map((target) => target[member] ?? null);
  return {
    name: 'find-ready',
    text: FIND_READY,
    values: [column('queue'), column('partition'), column('namespace'), column('task'), column('consumerGroup')],
  };
}
