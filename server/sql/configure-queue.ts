import type { Statement } from '../pool/pool-member.ts';
import type { QueueConfiguration } from '../queue/configure.ts';

/** Returns `id` and `version`. */
export function upsertQueueStatement({ queue, namespace, task, options }: QueueConfiguration): Statement {
  return {
    text: `
      insert into queues as q (name, namespace, task, priority, options)
      values ($1, $2, $3, $4, $5)
      on conflict (name) do update
      set namespace = excluded.namespace, task = excluded.task, priority = excluded.priority,
          options = excluded.options, version = q.version + 1
      returning q.id, q.version`,
    values: [queue, namespace, task, options.priority, JSON.stringify(options)],
  };
}

/** Partitions are locked in the order of their ids, as pushes do it. */
export function setPartitionVersionsStatement(queueId: string, version: number): Statement {
  return {
    text: `
      with locked as (select id from partitions where queue_id = $1 order by id for no key update)
      update partitions p set queue_version = $2 from locked l where p.id = l.id`,
    values: [queueId, version],
  };
}

export function createDefaultPartitionStatement(queueId: string, version: number, name: string): Statement {
  return {
    text: `
      insert into partitions (queue_id, name, queue_version) values ($1, $2, $3)
      on conflict (queue_id, name) do nothing`,
    values: [queueId, name, version],
  };
}
