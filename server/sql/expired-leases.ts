import type { Statement } from '../pool/pool-member.ts';

export interface ExpiredLeaseRow {
  readonly partition_id: string;
  readonly consumer_group: string;
  readonly queue: string;
  readonly partition: string;
  readonly namespace: string;
  readonly task: string;
}

/**
 * Leases that have run out, {@link ExpiredLeaseRow}, in the order acks lock them. Reads all cursors: an index on the time
 * would be updated with every pop and every ack.
 */
export function findExpiredLeasesStatement(limit: number): Statement {
  return {
    name: 'find-expired-leases',
    text: `
      select c.partition_id, c.consumer_group, q.name as queue, p.name as partition, q.namespace, q.task
      from (
        select * from partition_consumers where lease_expires_at <= clock_timestamp()
        order by partition_id, consumer_group limit $1
      ) c
      join partitions p on p.id = c.partition_id
      join queues q on q.id = p.queue_id
      order by c.partition_id, c.consumer_group`,
    values: [limit],
  };
}
