import type { Statement } from '../pool/pool-member.ts';
import type { PopSource } from './pop-messages.ts';
import { HAS_MORE, IS_TIMED } from './readiness.ts';

export interface PopOutlookRow {
  /** Time decides what is delivered: only the timed pop finds it. */
  readonly timed: boolean;
  /** The group has no cursor yet for some of the partitions. */
  readonly lacking: boolean;
  /** There is something by now, or another pop is just taking it. */
  readonly ready: boolean;
}

/** Why a pop found nothing, one {@link PopOutlookRow}; none when the queue does not exist. */
export function popOutlookStatement({ queue, partition, consumerGroup }: PopSource): Statement {
  return {
    name: 'pop-outlook',
    text: `
      select ${IS_TIMED} as timed, exists (
        select from partitions p
        where p.queue_id = q.id and ($3::text is null or p.name = $3) and not exists (
          select from partition_consumers c where c.partition_id = p.id and c.consumer_group = $2)
      ) as lacking, exists (
        select from partition_consumers c join partitions p on p.id = c.partition_id
        where c.queue_id = q.id and c.consumer_group = $2 and ($3::text is null or p.name = $3) and ${HAS_MORE}
      ) as ready
      from queues q where q.name = $1`,
    values: [queue, consumerGroup, partition ?? null],
  };
}
