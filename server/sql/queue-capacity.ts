import type { Statement } from '../pool/pool-member.ts';
import { QUEUE_MODE_GROUP } from '../queue/message.ts';

/** A queue whose row is locked, as it is under that lock. */
export interface LockedQueueRow {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly max_size: number;
}

export interface PendingRow {
  /** Exact when `pending + batch > maxSize`, but counted no further than `maxSize + 1`; else perhaps too high. */
  readonly pending: string;
}

/**
 * Locks queues until commit, so that nobody else adds messages to one with a capacity. Queue rows are locked before
 * partition rows and in the order of their ids, everywhere. Rows are {@link LockedQueueRow}.
 */
export function lockQueuesStatement(names: readonly string[]): Statement {
  return {
    name: 'lock-queues',
    text: `
      select id, name, version, (options ->> 'maxSize')::int as max_size
      from queues where name = any ($1::text[])
      order by id
      for no key update`,
    values: [names],
  };
}

const PARTITIONS = `
  partitions p
  left join partition_consumers c on c.partition_id = p.id and c.consumer_group = '${QUEUE_MODE_GROUP}'`;

/**
 * A statement of its own behind the lock: only then does its snapshot show all that was pushed before. The numbers given
 * out less the cursor is an upper bound that costs a look at the partitions; messages are counted, off the index, only
 * where that does not settle it. `limit` in the lateral join pins the plan to an index range a partition.
 */
const PENDING = `
  with bound as (
    select coalesce(sum(p.last_seq - coalesce(c.cursor_seq, 0)), 0)::bigint as most
    from ${PARTITIONS} where p.queue_id = $1
  )
  select case when most + $2::bigint <= $3::bigint then most else (
    select count(*) from (
      select from ${PARTITIONS}
      cross join lateral (
        select from messages m
        where m.partition_id = p.id and m.seq > coalesce(c.cursor_seq, 0)
          and not m.seq <@ coalesce(c.settled, '{}')
        limit $3::bigint + 1
      ) m
      where p.queue_id = $1 and p.last_seq > coalesce(c.cursor_seq, 0)
      limit $3::bigint + 1
    ) pending
  ) end as pending
  from bound`;

/** How many messages of the queue are not consumed yet, as far as it takes to tell whether `batch` more fit. */
export function pendingStatement(queueId: string, batch: number, maxSize: number): Statement {
  return { name: 'count-pending', text: PENDING, values: [queueId, batch, maxSize] };
}
