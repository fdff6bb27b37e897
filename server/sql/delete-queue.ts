import type { Statement } from '../pool/pool-member.ts';

/** Time each statement of a deletion gets; holds until the transaction ends, so the connection's next user has his own. */
export function allowDeletionTimeStatement(timeoutMs: number): Statement {
  return { text: `select set_config('statement_timeout', $1, true)`, values: [`${timeoutMs}ms`] };
}

export interface DoomedQueueRow {
  readonly id: string;
}

/** Locks the queue: nobody can make a partition of it any more, who comes for it waits and then finds it gone. */
export function lockQueueStatement(queue: string): Statement {
  return { text: 'select id from queues where name = $1 for update', values: [queue] };
}

export interface DoomedPartitionRow {
  readonly id: string;
  readonly last_seq: string;
}

/**
 * Locks the partitions in the order of their ids, as pushes do it: none of them can take another message. A weaker lock
 * than the deletion needs in the end: an ack that holds a cursor must still be able to write a dead letter, see below.
 */
export function lockPartitionsStatement(queueId: string): Statement {
  return {
    text: 'select id, last_seq from partitions where queue_id = $1 order by id for no key update',
    values: [queueId],
  };
}

/**
 * Locks the queue's cursors in the order acks lock them. Deleting the partitions without it could meet an ack that holds a
 * cursor and waits, to write a dead letter, for the partition.
 */
export function lockCursorsStatement(partitionIds: readonly string[]): Statement {
  return {
    text: `
      with locked as (
        select from partition_consumers where partition_id = any ($1::bigint[])
        order by partition_id, consumer_group for update
      )
      select count(*) from locked`,
    values: [partitionIds],
  };
}

/** Deletes messages of partitions, of each those with numbers above `from` and up to `to`. */
export function deleteMessageRangesStatement(
  ranges: readonly { readonly partitionId: string; readonly from: number; readonly to: number }[],
): Statement {
  return {
    text: `
      delete from messages m using unnest($1::bigint[], $2::bigint[], $3::bigint[]) as r (partition_id, low, high)
      where m.partition_id = r.partition_id and m.seq > r.low and m.seq <= r.high`,
    values: [ranges.map(({ partitionId }) => partitionId), ranges.map(({ from }) => from), ranges.map(({ to }) => to)],
  };
}

/** Everything else hangs on the queue by foreign keys. */
export function deleteQueueStatement(queueId: string): Statement {
  return { text: 'delete from queues where id = $1', values: [queueId] };
}
