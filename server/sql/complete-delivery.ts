import type { Statement } from '../pool/pool-member.ts';
import { textArray } from './binary-array.ts';
import type { FreedPartitionRow } from './settle-messages.ts';

/** Everything one lease delivered, completed by its consumer: what nearly every ack is. */
export interface CompletedDelivery {
  /** The partition's name on the wire, a UUID. */
  readonly partitionId: string;
  readonly consumerGroup: string;
  readonly leaseId: string;
  /** Each once. */
  readonly transactionIds: readonly string[];
}

/** One row when the delivery was completed; none when it is not as simple as that, and nothing was changed. */
export type CompletedDeliveryRow = FreedPartitionRow;

/**
 * The general statement of `settle-messages.ts` judges message by message: it takes 1.5 ms for a hundred. This one only
 * checks that these are exactly the lease's messages, in one walk along the partition, and moves the cursor.
 */
const COMPLETE_DELIVERY = `
  with consumer as materialized (
    select c.partition_id, c.consumer_group, c.lease_seqs, p.last_seq, p.name as partition_name,
           q.name as queue_name, q.namespace, q.task
    from partitions p
    join partition_consumers c on c.partition_id = p.id
    join queues q on q.id = p.queue_id
    where p.uuid = $1 and c.consumer_group = $2 and c.lease_id = $3 and c.lease_expires_at > clock_timestamp()
      and c.settled = '{}' and c.lease_failed = '{}' and c.retries = '{}'
    for update of c
  ), matching as materialized (
    select count(*) as messages
    from consumer c
    join messages m on m.partition_id = c.partition_id and m.seq >= lower(c.lease_seqs) and m.seq < upper(c.lease_seqs)
    where m.seq <@ c.lease_seqs and m.transaction_id = any($4::text[])
  )
  update partition_consumers pc
  set cursor_seq = upper(c.lease_seqs) - 1, lease_expires_at = null
  from consumer c, matching m
  where pc.partition_id = c.partition_id and pc.consumer_group = c.consumer_group
    and m.messages = $5 and m.messages = (select sum(upper(r) - lower(r)) from unnest(c.lease_seqs) r)
  returning case when c.last_seq > pc.cursor_seq then c.queue_name end as queue_name,
            c.partition_name, c.namespace, c.task`;

/** Statement whose rows are {@link CompletedDeliveryRow}. */
export function completeDeliveryStatement(delivery: CompletedDelivery): Statement {
  const { partitionId, consumerGroup, leaseId, transactionIds } = delivery;
  return {
    name: 'complete-delivery',
    text: COMPLETE_DELIVERY,
    values: [partitionId, consumerGroup, leaseId, textArray(transactionIds), transactionIds.length],
  };
}
