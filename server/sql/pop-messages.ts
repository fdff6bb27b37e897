import type { Statement } from '../pool/pool-member.ts';
import { HAS_MORE, IS_OUTDATED, IS_READY, IS_TIMED } from './readiness.ts';

/** What a pop takes from: a queue, or one partition of it. */
export interface PopSource {
  readonly queue: string;
  readonly partition: string | undefined;
  readonly consumerGroup: string;
}

/** Columns of the partition are null in all rows but the first in order: repeated, they cost as much as the messages. */
export interface PoppedRow {
  /** Number of the partition, not its name on the wire. */
  readonly partition_id: string;
  /** The partition's lease has run out; nothing was taken, see `settle-messages.ts`. */
  readonly expired: boolean;
  readonly partition_uuid: string;
  readonly partition_name: string;
  readonly queue_name: string;
  readonly priority: number;
  readonly seq: string | null;
  /** Null in the only row of a partition that was expired, or had nothing to deliver: its cursor has moved, try again. */
  readonly id: string | null;
  readonly transaction_id: string;
  readonly trace_id: string | null;
  readonly payload: string;
  readonly is_encrypted: boolean;
  /** As PostgreSQL writes it: messages of one push share it, and parsing it once for all is much cheaper. */
  readonly created_at: string;
  /** Null = none. */
  readonly retry_count: number | null;
}

/** What becomes of the messages: leased under this id, or acknowledged at once. */
export type PopMode = { readonly leaseId: string } | 'autoAck';

/** Without the retries of messages that the cursor passes. */
const REMAINING_RETRIES = `
  case when pc.retries = '{}' then pc.retries
       else coalesce((select jsonb_object_agg(key, value) from jsonb_each(pc.retries) where key::bigint > $passed), '{}')
  end`;

/**
 * An id of a lease acknowledged afterwards must be refused. Encrypted messages are left where they are: they must be leased,
 * because it may turn out that they cannot be decrypted.
 */
const AUTO_ACK = {
  assignments: `
    cursor_seq = n.end_seq,
    settled = pc.settled * int8multirange(int8range(n.end_seq + 1, null)),
    retries = ${REMAINING_RETRIES.replace('$passed', 'n.end_seq')},
    lease_id = null, lease_seqs = '{}', lease_failed = '{}'`,
  condition: 'n.encrypted is not true',
};

/** Whatever lies before the first message delivered is settled, outdated or was never used. */
const LEASE = {
  assignments: `
    cursor_seq = n.open_seq,
    settled = pc.settled * int8multirange(int8range(n.open_seq + 1, null)),
    retries = ${REMAINING_RETRIES.replace('$passed', 'n.open_seq')},
    lease_id = case when n.messages > 0 then $3::uuid else pc.lease_id end,
    lease_expires_at = case when n.messages > 0 then clock_timestamp() + make_interval(secs => c.lease_time) end,
    lease_seqs = coalesce(n.seqs, pc.lease_seqs),
    lease_failed = case when n.messages > 0 then '{}' else pc.lease_failed end`,
  condition: 'true',
};

/** What is delivered of a queue where time does not matter: everything that is there. */
const PLAIN = {
  ready: `not ${IS_TIMED} and ${HAS_MORE}`,
  columns: '',
  isDeliverable: 'true',
  reach: '',
  last: 'case when b.messages < $2 then c.last_seq else b.last_seq end',
};

/**
 * What is delivered of a queue with delays, windows or a longest wait: what is not outdated, up to the first message that is
 * still delayed. Executing it costs half as much again as the plain one.
 */
const TIMED = {
  ready: IS_READY,
  columns: `, q.max_wait, case when q.delay > 0 then now() - make_interval(secs => q.delay) end as ripe_at`,
  isDeliverable: `not ${IS_OUTDATED}`,
  reach: `
    reach as materialized (
      select case when count(f.seq) < $2 then c.last_seq else max(f.seq) end as last_seq,
             min(f.seq) filter (where f.created_at > c.ripe_at) as delayed_seq
      from consumer c left join found f on true
      group by c.last_seq
    ), batch as materialized (
      select f.* from found f, reach r where r.delayed_seq is null or f.seq < r.delayed_seq
    ),`,
  last: '(select coalesce(delayed_seq - 1, last_seq) from reach)',
};

/** Which of a group's consumers `c` a pop looks at, each way along an index of its own. */
interface PartitionChoice {
  readonly consumer: string;
  readonly order: string;
}

/** `queue` and `partition` are parameters. */
function choiceOf(queue: string, partition: string | undefined): PartitionChoice {
  return partition === undefined
    ? {
        consumer: `c.queue_id = (select id from queues where name = ${queue})`,
        order: 'order by c.last_popped_at nulls first',
      }
    : {
        consumer: `c.partition_id = (
          select p.id from queues q join partitions p on p.queue_id = q.id
          where q.name = ${queue} and p.name = ${partition})`,
        order: '',
      };
}

/**
 * Takes the next messages of one partition for a group: in the order of their numbers, from the first that is not
 * settled, without those that are. `skip locked` passes over *consumers* that are being served right now, never over
 * messages. Of several partitions the one served longest ago comes first, which the index gives without looking at the
 * others.
 *
 * Fewer messages found than asked for mean that the partition has no more up to the `last_seq` of the same snapshot: the
 * cursor may go there (`end_seq`), over numbers that duplicates left unused.
 */
function popText(choice: PartitionChoice, { assignments, condition }: typeof LEASE, kind: typeof PLAIN): string {
  return `
    with consumer as (
      select c.partition_id, c.cursor_seq, c.settled, c.retries, c.lease_expires_at is not null as expired,
             p.last_seq, p.uuid, p.name, q.name as queue_name, q.priority, q.lease_time ${kind.columns}
      from partition_consumers c
      join partitions p on p.id = c.partition_id
      join queues q on q.id = c.queue_id
      where ${choice.consumer} and c.consumer_group = $1 and ${kind.ready}
      ${choice.order}
      limit 1
      for update of c skip locked
    ), ${kind.reach === '' ? 'batch' : 'found'} as materialized (
      select m.seq, m.id, m.transaction_id, m.trace_id, m.payload, m.is_encrypted, m.created_at
      from consumer q
      cross join lateral (
        select * from messages m
        where m.partition_id = q.partition_id and m.seq > q.cursor_seq and not m.seq <@ q.settled
          and ${kind.isDeliverable}
        order by m.seq
        limit $2
      ) m
      where not q.expired
    ), ${kind.reach} next as materialized (
      select b.messages, b.first_seq, b.encrypted, e.end_seq,
             greatest(c.cursor_seq, coalesce(b.first_seq - 1, e.end_seq)) as open_seq,
             case when b.last_seq - b.first_seq + 1 = b.messages
                  then int8multirange(int8range(b.first_seq, b.last_seq, '[]'))
                  else (select range_agg(int8range(seq, seq, '[]')) from batch) end as seqs
      from consumer c, (
        select count(*) as messages, min(seq) as first_seq, max(seq) as last_seq, bool_or(is_encrypted) as encrypted
        from batch
      ) b, lateral (select greatest(c.cursor_seq, ${kind.last}) as end_seq) e
    ), advanced as (
      update partition_consumers pc
      set last_popped_at = clock_timestamp(), ${assignments}
      from consumer c, next n
      where pc.partition_id = c.partition_id and pc.consumer_group = $1 and not c.expired and ${condition}
    )
    select f.partition_id, f.expired, f.uuid as partition_uuid, f.name as partition_name, f.queue_name, f.priority,
           b.seq, b.id, b.transaction_id, b.trace_id, b.payload::text as payload, b.is_encrypted, b.created_at::text as created_at,
           case when c.retries <> '{}' then (c.retries ->> b.seq::text)::int end as retry_count
    from consumer c
    left join batch b on true
    left join lateral (
      select c.partition_id, c.expired, c.uuid, c.name, c.queue_name, c.priority
      where b.seq is not distinct from (select first_seq from next)
    ) f on true
`;
}

/**
 * Statement whose rows are {@link PoppedRow}; none when no partition has anything to give. The caller puts them in the order
 * of their `seq`, which they nearly always are in: to ask PostgreSQL for it costs a twentieth of the pop.
 */
export function popMessagesStatement(
  { queue, partition, consumerGroup }: PopSource,
  { batch, mode, isTimed }: { readonly batch: number; readonly mode: PopMode; readonly isTimed: boolean },
): Statement {
  const leased = mode === 'autoAck' ? [] : [mode.leaseId];
  const place = 3 + leased.length;
  const choice = choiceOf(`$${place}`, partition === undefined ? undefined : `$${place + 1}`);
  const names = [isTimed ? 'timed' : 'plain', mode === 'autoAck' ? 'ack' : 'lease'];
  return {
    name: `pop-${names.join('-')}-${partition === undefined ? 'queue' : 'partition'}`,
    text: popText(choice, mode === 'autoAck' ? AUTO_ACK : LEASE, isTimed ? TIMED : PLAIN),
    values: [consumerGroup, batch, ...leased, queue, ...(partition === undefined ? [] : [partition])],
  };
}
