import type { Statement } from '../pool/pool-member.ts';

export interface PoppedRow {
  /** Null in the only row of a partition that had nothing but used-up numbers: its cursor has moved, try again. */
  readonly id: string | null;
  readonly transaction_id: string;
  readonly partition_uuid: string;
  readonly partition_name: string;
  readonly trace_id: string | null;
  readonly payload: string;
  readonly priority: number;
  readonly created_at: Date;
}

/** `partition` undefined = whichever partition of the queue was served longest ago. */
export interface PopTarget {
  readonly queue: string;
  readonly partition: string | undefined;
  readonly consumerGroup: string;
}

/**
 * Takes the next messages of one partition for a group and moves its cursor past them, in one transaction. `skip locked`
 * passes over *consumers* that are being served right now, never over messages.
 *
 * Fewer messages than asked for means that the partition has no more up to the `last_seq` of the same snapshot: the
 * cursor goes there, over numbers that duplicates left unused.
 */
function popText(partitionCondition: string): string {
  return `
    with consumer as (
      select c.partition_id, c.cursor_seq, p.last_seq, p.uuid, p.name, q.priority
      from queues q
      join partitions p on p.queue_id = q.id
      join partition_consumers c on c.partition_id = p.id and c.consumer_group = $2
      where q.name = $1 and p.last_seq > c.cursor_seq ${partitionCondition}
      order by c.last_popped_at nulls first
      limit 1
      for update of c skip locked
    ), batch as materialized (
      select m.seq, m.id, m.transaction_id, m.trace_id, m.payload, m.created_at
      from consumer c
      cross join lateral (
        select * from messages m
        where m.partition_id = c.partition_id and m.seq > c.cursor_seq
        order by m.seq
        limit $3
      ) m
    ), advanced as (
      update partition_consumers pc
      set cursor_seq = case when b.messages < $3 then greatest(pc.cursor_seq, c.last_seq) else b.last_seq end,
          last_popped_at = clock_timestamp()
      from consumer c, (select count(*) as messages, max(seq) as last_seq from batch) b
      where pc.partition_id = c.partition_id and pc.consumer_group = $2
    )
    select b.id, b.transaction_id, c.uuid as partition_uuid, c.name as partition_name, b.trace_id,
           b.payload::text as payload, c.priority, b.created_at
    from consumer c left join batch b on true
    order by b.seq`;
}

const POP_QUEUE = popText('');
const POP_PARTITION = popText('and p.name = $4');

/** Statement whose rows are {@link PoppedRow}, in order of delivery. */
export function popMessagesStatement(target: PopTarget, batch: number): Statement {
  const { queue, partition, consumerGroup } = target;
  return partition === undefined
    ? { name: 'pop-queue', text: POP_QUEUE, values: [queue, consumerGroup, batch] }
    : { name: 'pop-partition', text: POP_PARTITION, values: [queue, consumerGroup, batch, partition] };
}

/** Makes the group's cursors for partitions that have none yet; a new group starts at the beginning. */
export function createConsumersStatement(target: PopTarget): Statement {
  return {
    name: 'create-consumers',
    text: `
      insert into partition_consumers (partition_id, consumer_group)
      select p.id, $2
      from queues q join partitions p on p.queue_id = q.id
      where q.name = $1 and ($3::text is null or p.name = $3)
        and not exists (
          select from partition_consumers c where c.partition_id = p.id and c.consumer_group = $2
        )
      order by p.id
      on conflict do nothing`,
    values: [target.queue, target.consumerGroup, target.partition ?? null],
  };
}
