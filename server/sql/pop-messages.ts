import type { Statement } from '../pool/pool-member.ts';
import { type PopTarget, targetCondition } from './pop-target.ts';

export interface PoppedRow {
  /** Number of the partition, not its name on the wire. */
  readonly partition_id: string;
  /** The partition's lease has run out; nothing was taken, see `settle-messages.ts`. */
  readonly expired: boolean;
  /** Null in the only row of a partition that was expired, or had nothing to deliver: its cursor has moved, try again. */
  readonly id: string | null;
  readonly transaction_id: string;
  readonly partition_uuid: string;
  readonly partition_name: string;
  readonly queue_name: string;
  readonly trace_id: string | null;
  readonly payload: string;
  readonly priority: number;
  readonly retry_count: number;
  readonly created_at: Date;
}

/** What becomes of the messages: leased under this id, or acknowledged at once. */
export type PopMode = { readonly leaseId: string } | 'autoAck';

/**
 * Fewer messages than asked for means that the partition has no more up to the `last_seq` of the same snapshot: the
 * cursor goes there, over numbers that duplicates left unused. An id of a lease acknowledged afterwards must be refused.
 */
const AUTO_ACK = `
  cursor_seq = n.done_seq,
  settled = pc.settled * int8multirange(int8range(n.done_seq + 1, null)),
  retries = case when pc.retries = '{}' then pc.retries else pc.retries - array(select seq::text from batch) end,
  lease_id = null, lease_seqs = '{}', lease_failed = '{}'`;

/** Whatever lies before the first message delivered is settled or was never used. */
const LEASE = `
  cursor_seq = n.open_seq,
  settled = pc.settled * int8multirange(int8range(n.open_seq + 1, null)),
  lease_id = case when n.messages > 0 then $3::uuid else pc.lease_id end,
  lease_expires_at = case when n.messages > 0 then clock_timestamp() + c.lease_time end,
  lease_seqs = coalesce(n.seqs, pc.lease_seqs),
  lease_failed = case when n.messages > 0 then '{}' else pc.lease_failed end`;

/**
 * Takes the next messages of one partition for a group: in the order of their numbers, from the first that is not
 * settled, without those that are. `skip locked` passes over *consumers* that are being served right now, never over
 * messages. Of several partitions the one served longest ago comes first.
 */
function popText(condition: string, assignments: string): string {
  return `
    with consumer as (
      select c.partition_id, c.cursor_seq, c.settled, c.retries, c.lease_expires_at is not null as expired,
             p.last_seq, p.uuid, p.name, q.name as queue_name, q.priority,
             make_interval(secs => (q.options ->> 'leaseTime')::int) as lease_time
      from queues q
      join partitions p on p.queue_id = q.id
      join partition_consumers c on c.partition_id = p.id and c.consumer_group = $1
      where ${condition} and p.last_seq > c.cursor_seq
        and (c.lease_expires_at is null or c.lease_expires_at <= clock_timestamp())
      order by c.last_popped_at nulls first
      limit 1
      for update of c skip locked
    ), batch as materialized (
      select m.seq, m.id, m.transaction_id, m.trace_id, m.payload, m.created_at
      from consumer c
      cross join lateral (
        select * from messages m
        where m.partition_id = c.partition_id and m.seq > c.cursor_seq and not m.seq <@ c.settled
        order by m.seq
        limit $2
      ) m
      where not c.expired
    ), next as (
      select b.messages, b.seqs,
             greatest(c.cursor_seq, coalesce(b.first_seq - 1, c.last_seq)) as open_seq,
             case when b.messages < $2 then greatest(c.cursor_seq, c.last_seq) else b.last_seq end as done_seq
      from consumer c, (
        select count(*) as messages, min(seq) as first_seq, max(seq) as last_seq,
               range_agg(int8range(seq, seq, '[]')) as seqs
        from batch
      ) b
    ), advanced as (
      update partition_consumers pc
      set last_popped_at = clock_timestamp(), ${assignments}
      from consumer c, next n
      where pc.partition_id = c.partition_id and pc.consumer_group = $1 and not c.expired
    )
    select c.partition_id, c.expired, b.id, b.transaction_id, c.uuid as partition_uuid, c.name as partition_name,
           c.queue_name, b.trace_id, b.payload::text as payload, c.priority, b.created_at,
           coalesce((c.retries ->> b.seq::text)::int, 0) as retry_count
    from consumer c left join batch b on true
    order by b.seq`;
}

/** Statement whose rows are {@link PoppedRow}, in order of delivery; none when no partition has anything to give. */
export function popMessagesStatement(target: PopTarget, batch: number, mode: PopMode): Statement {
  const leased = mode === 'autoAck' ? [] : [mode.leaseId];
  const condition = targetCondition(target, 3 + leased.length);
  return {
    name: `pop-${mode === 'autoAck' ? 'ack' : 'lease'}-${condition.shape}`,
    text: popText(condition.text, mode === 'autoAck' ? AUTO_ACK : LEASE),
    values: [target.consumerGroup, batch, ...leased, ...condition.values],
  };
}
