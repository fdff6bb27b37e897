import type { Statement } from '../pool/pool-member.ts';
import { type PopTarget, targetCondition } from './pop-target.ts';
import { IS_READY } from './readiness.ts';

export interface FoundQueueRow {
  readonly name: string;
}

/** The queues of a namespace or task that have something for the group, the one served longest ago first. */
export function findQueuesStatement(target: PopTarget): Statement {
  const condition = targetCondition(target, 2);
  return {
    name: `find-queues-${condition.shape}`,
    text: `
      select q.name
      from queues q
      cross join lateral (
        select c.last_popped_at from partition_consumers c join partitions p on p.id = c.partition_id
        where c.queue_id = q.id and c.consumer_group = $1 and ${IS_READY}
        order by c.last_popped_at nulls first
        limit 1
      ) ready
      where ${condition.text}
      order by ready.last_popped_at nulls first`,
    values: [target.consumerGroup, ...condition.values],
  };
}
