import type { Statement } from '../pool/pool-member.ts';
import type { PopTarget } from './pop-target.ts';

export interface ReadyRow {
  /** Position of the target, counted from 1. */
  readonly position: string;
}

/** Of a queue's partitions `p`, with the group's consumer `c` if it has one: is there something to deliver? */
const IS_READY = `
  (t.partition is null or p.name = t.partition) and p.last_seq > coalesce(c.cursor_seq, 0)
  and (c.lease_expires_at is null or c.lease_expires_at <= now())`;

const JOINS = `
  join partitions p on p.queue_id = q.id
  left join partition_consumers c on c.partition_id = p.id and c.consumer_group = t.consumer_group`;

const FIND_READY = `
  with target as (
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) with ordinality
      as t (queue, partition, namespace, task, consumer_group, position)
  )
  select t.position from target t
  where t.queue is not null and exists (
    select from (select * from queues q where q.name = t.queue) q ${JOINS} where ${IS_READY})
  union all
  select t.position from target t
  where t.queue is null and exists (
    select from queues q ${JOINS}
    where (t.namespace is null or q.namespace = t.namespace) and (t.task is null or q.task = t.task) and ${IS_READY})`;

/** Which of many targets a pop might find something for, in one statement. Rows are {@link ReadyRow}. */
export function findReadyStatement(targets: readonly PopTarget[]): Statement {
  const column = (member: keyof PopTarget) => targets.map((target) => target[member] ?? null);
  return {
    name: 'find-ready',
    text: FIND_READY,
    values: [column('queue'), column('partition'), column('namespace'), column('task'), column('consumerGroup')],
  };
}
