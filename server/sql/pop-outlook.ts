import type { Statement } from '../pool/pool-member.ts';
import type { PopSource } from './pop-messages.ts';
import { IS_TIMED } from './readiness.ts';

export interface PopOutlookRow {
  /** Time decides what is delivered: only the timed pop finds it. */
  readonly timed: boolean;
  /** The group has no cursor yet for some of the partitions. */
  readonly lacking: boolean;
}

/** Why a pop found nothing, one {@link PopOutlookRow}; none when the queue does not exist. */
export function popOutlookStatement({ queue, partition, consumerGroup }: PopSource): Statement {
  return {
    name: partition === undefined ? 'pop-outlook-queue' : 'pop-outlook-partition',
    text: `
      select ${IS_TIMED} as timed, exists (
        select from partitions p
        where p.queue_id = q.id ${partition === undefined ? '' : 'and p.name = $3'} and not exists (
          select from partition_consumers c where c.partition_id = p.id and c.consumer_group = $2)
      ) as lacking
      from queues q where q.name = $1`,
    values: [queue, consumerGroup, ...(partition === undefined ? [] : [partition])],
  };
}
