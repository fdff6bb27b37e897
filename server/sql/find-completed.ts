import type { Statement } from '../pool/pool-member.ts';
import { textArray } from './binary-array.ts';
import type { AckItem } from './settle-messages.ts';

export interface CompletedRow {
  /** Position of the item, counted from 1. */
  readonly position: string;
}

/** Of messages, those their group has completed, under whatever lease; rows are {@link CompletedRow}. */
export function findCompletedStatement(
  items: readonly Pick<AckItem, 'partitionId' | 'transactionId' | 'consumerGroup'>[],
): Statement {
  return {
    name: 'find-completed',
    text: `
      select i.position
      from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality
        as i (partition_uuid, transaction_id, consumer_group, position)
      join partitions p on p.uuid = i.partition_uuid
      join partition_consumers c on c.partition_id = p.id and c.consumer_group = i.consumer_group
      cross join lateral (
        select m.seq from messages m
        where m.partition_id = p.id and m.transaction_id = i.transaction_id
        limit 1
      ) m
      where (m.seq <= c.cursor_seq or m.seq <@ c.settled)
        and not exists (
          select from dead_letters d
          where d.partition_id = p.id and d.consumer_group = i.consumer_group and d.seq = m.seq)`,
    values: [
      items.map(({ partitionId }) => partitionId),
      textArray(items.map(({ transactionId }) => transactionId)),
      textArray(items.map(({ consumerGroup }) => consumerGroup)),
    ],
  };
}
