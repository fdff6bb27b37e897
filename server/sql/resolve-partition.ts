import type { Statement } from '../pool/pool-member.ts';
import type { QueueOptions } from '../queue/queue-options.ts';

export interface PartitionRow {
  readonly id: string;
  readonly queue_version: number;
  readonly namespace: string;
  readonly task: string;
  readonly options: QueueOptions;
}

/**
 * Makes the partition if the queue exists and lacks it. The queue's row is share-locked, so a change of its options that
 * is under way finishes first and the new partition starts with the version it leaves.
 */
export function createPartitionStatement(queue: string, partition: string): Statement {
  return {
    name: 'create-partition',
    text: `
      with queue as (select id, version from queues where name = $1 for share)
      insert into partitions (queue_id, name, queue_version)
      select id, $2, version from queue
      on conflict (queue_id, name) do nothing`,
    values: [queue, partition],
  };
}

/** {@link PartitionRow} of an existing partition. */
export function findPartitionStatement(queue: string, partition: string): Statement {
  return {
    name: 'find-partition',
    text: `
      select p.id, p.queue_version, q.namespace, q.task, q.options
      from queues q join partitions p on p.queue_id = q.id
      where q.name = $1 and p.name = $2`,
    values: [queue, partition],
  };
}
