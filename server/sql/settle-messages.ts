import type { Statement } from '../pool/pool-member.ts';
import { textArray } from './binary-array.ts';

/** One acknowledgement on its way to PostgreSQL; all names are ones PostgreSQL can hold. */
export interface AckItem {
  /** The partition's name on the wire, a UUID. */
  readonly partitionId: string;
  readonly transactionId: string;
  readonly consumerGroup: string;
  /** A UUID; undefined when the consumer named none, which no lease matches. */
  readonly leaseId: string | undefined;
  readonly failed: boolean;
  readonly error: string | undefined;
}

/** What an acknowledgement came to. */
type AckOutcome = 'completed' | 'failed_retry' | 'failed_dlq' | 'invalid_lease';

/** A partition whose lease an ack ended and which has more to deliver; all null when it did not or has not. */
export interface FreedPartitionRow {
  readonly queue_name: string | null;
  readonly partition_name: string | null;
  readonly namespace: string | null;
  readonly task: string | null;
}

export interface AckRow extends FreedPartitionRow {
  /** Position of the item, counted from 1; items without a row name no message. */
  readonly position: string;
  readonly outcome: AckOutcome;
}

/**
 * The consumers to settle for, locked; `$condition` picks them. Everything that follows is worked out from the row as it
 * is after the lock was had.
 */
export function consumerText(condition: string): string {
  return `
    consumer as materialized (
      select c.*, p.last_seq, p.name as partition_name, q.name as queue_name, q.namespace, q.task, (q.options ->> 'retryLimit')::int as retry_limit
      from partition_consumers c
      join partitions p on p.id = c.partition_id
      join queues q on q.id = p.queue_id
      where ${condition}
      order by c.partition_id, c.consumer_group
      for update of c
    )`;
}

/**
 * Applies the rows of `judged` that are fresh: settles what was completed, moves messages without retries left to the
 * dead letters, remembers the others' retries. The cursor goes up to the first message of the lease that is not settled,
 * and the lease ends when each of its messages is settled or has failed. `ended` overrides the latter: what a lease left
 * unsettled when it ran out was not acked as failed, and an ack that comes now is too late.
 */
export function applyText(ended: string): string {
  return `
    change as (
      select partition_id, consumer_group,
             coalesce(range_agg(int8range(seq, seq, '[]')) filter (where outcome <> 'failed_retry'), '{}') as settled,
             coalesce(range_agg(int8range(seq, seq, '[]')) filter (where outcome = 'failed_retry'), '{}') as failed,
             array_agg(seq::text) filter (where outcome <> 'failed_retry') as settled_keys,
             jsonb_object_agg(seq, retries + 1) filter (where outcome = 'failed_retry') as retries
      from judged
      where fresh
      group by partition_id, consumer_group
    ), changed as (
      select c.partition_id, c.consumer_group, h.settled_keys, h.retries,
             c.settled + coalesce(h.settled, '{}') as settled,
             case when ${ended} then c.lease_failed else c.lease_failed + coalesce(h.failed, '{}') end as failed,
             c.lease_seqs * int8multirange(int8range(c.cursor_seq + 1, null)) - c.settled - coalesce(h.settled, '{}')
               as unsettled,
             upper(c.lease_seqs) - 1 as end_seq
      from consumer c
      left join change h on h.partition_id = c.partition_id and h.consumer_group = c.consumer_group
      where h.partition_id is not null or ${ended}
    ), moved as (
      select *, coalesce(lower(unsettled) - 1, end_seq) as cursor_seq,
             ${ended} or isempty(unsettled - failed) as ended
      from changed
    ), updated as (
      update partition_consumers pc
      set cursor_seq = greatest(pc.cursor_seq, m.cursor_seq),
          settled = m.settled * int8multirange(int8range(greatest(pc.cursor_seq, m.cursor_seq) + 1, null)),
          lease_failed = m.failed,
          lease_expires_at = case when not m.ended then pc.lease_expires_at end,
          retries = case when pc.retries = '{}' and m.retries is null then pc.retries
                         else (pc.retries || coalesce(m.retries, '{}')) - coalesce(m.settled_keys, '{}') end
      from moved m
      where pc.partition_id = m.partition_id and pc.consumer_group = m.consumer_group
      returning pc.partition_id, pc.consumer_group, pc.cursor_seq, m.ended
    ), buried as (
      insert into dead_letters (partition_id, consumer_group, seq, message_id, transaction_id, error, retry_count)
      select partition_id, consumer_group, seq, id, transaction_id, error, retries
      from judged
      where fresh and outcome = 'failed_dlq'
      on conflict do nothing
    )`;
}

/**
 * An ack counts when its lease is the partition's, has delivered the message and is still in force. What a lease has
 * settled stays as it is: an ack sent again, or contradicted, is answered with what stands, also after the lease's end.
 * Of several acks of one message in one request the first counts.
 *
 * `limit 1` in a lateral join pins the plan to one index look-up an item, whatever the statistics say of the table.
 */
const ACK = `
  with given as materialized (
    select i.position, i.consumer_group, i.lease_id, i.error, p.id as partition_id, m.seq, m.id, i.transaction_id,
           first_value(i.failed) over first as failed, row_number() over first as nth
    from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::bool[], $6::text[]) with ordinality
      as i (partition_uuid, transaction_id, consumer_group, lease_id, failed, error, position)
    join partitions p on p.uuid = i.partition_uuid
    cross join lateral (
      select m.seq, m.id from messages m
      where m.partition_id = p.id and m.transaction_id = i.transaction_id
      limit 1
    ) m
    window first as (partition by p.id, m.seq, i.consumer_group, i.lease_id order by i.position)
  ), ${consumerText(
    '(c.partition_id, c.consumer_group, c.lease_id) in (select partition_id, consumer_group, lease_id from given)',
  )}, standing as materialized (
    select g.*, c.retry_limit, coalesce((c.retries ->> g.seq::text)::int, 0) as retries,
           case when c.partition_id is null or not g.seq <@ c.lease_seqs then 'invalid_lease'
                when g.seq <= c.cursor_seq or g.seq <@ c.settled then
                  case when exists (select from dead_letters d
                                    where d.partition_id = g.partition_id and d.consumer_group = g.consumer_group
                                      and d.seq = g.seq)
                       then 'failed_dlq' else 'completed' end
                when g.seq <@ c.lease_failed then 'failed_retry'
                when coalesce(c.lease_expires_at <= clock_timestamp(), true) then 'invalid_lease'
           end as verdict
    from given g
    left join consumer c
      on c.partition_id = g.partition_id and c.consumer_group = g.consumer_group and c.lease_id = g.lease_id
  ), judged as materialized (
    select *, verdict is null and nth = 1 as fresh,
           case when verdict is not null then verdict
                when not failed then 'completed'
                when retries >= retry_limit then 'failed_dlq'
                else 'failed_retry' end as outcome
    from standing
  ), ${applyText('false')}
  select j.position, j.outcome, c.queue_name, c.partition_name, c.namespace, c.task
  from judged j
  left join updated u on u.partition_id = j.partition_id and u.consumer_group = j.consumer_group and u.ended
  left join consumer c on c.partition_id = u.partition_id and c.consumer_group = u.consumer_group
    and c.last_seq > u.cursor_seq`;

/** Statement whose rows are {@link AckRow}, in no order; one statement, so all or nothing of it is committed. */
export function ackStatement(items: readonly AckItem[]): Statement {
  return {
    name: 'ack',
    text: ACK,
    values: [
      items.map(({ partitionId }) => partitionId),
      textArray(items.map(({ transactionId }) => transactionId)),
      textArray(items.map(({ consumerGroup }) => consumerGroup)),
      items.map(({ leaseId }) => leaseId ?? null),
      items.map(({ failed }) => failed),
      items.map(({ error }) => error ?? null),
    ],
  };
}

/**
 * Ends a lease that has run out: whatever it left unsettled counts as failed once more, so that a message that kills its
 * consumers ends among the dead letters. A message acked as failed before was counted then.
 */
const RECLAIM = `
  with ${consumerText(
    'c.partition_id = $1 and c.consumer_group = $2 and c.lease_expires_at <= clock_timestamp()',
  )}, outstanding as materialized (
    select c.partition_id, c.consumer_group, c.retry_limit, m.seq, m.id, m.transaction_id,
           coalesce((c.retries ->> m.seq::text)::int, 0) as retries
    from consumer c
    cross join lateral unnest(
      c.lease_seqs * int8multirange(int8range(c.cursor_seq + 1, null)) - c.settled - c.lease_failed) as r (seqs)
    join messages m on m.partition_id = c.partition_id and m.seq >= lower(r.seqs) and m.seq < upper(r.seqs)
  ), judged as materialized (
    select *, true as fresh, 'The lease expired' as error,
           case when retries >= retry_limit then 'failed_dlq' else 'failed_retry' end as outcome
    from outstanding
  ), ${applyText('true')}
  select count(*) from updated`;

/** Does nothing when the lease was extended, settled or reclaimed meanwhile. */
export function reclaimStatement(partitionId: string, consumerGroup: string): Statement {
  return { name: 'reclaim-lease', text: RECLAIM, values: [partitionId, consumerGroup] };
}
