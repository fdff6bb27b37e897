import type { Statement } from '../pool/pool-member.ts';
import { type PopTarget, targetCondition } from './pop-target.ts';

/**
 * Subscribes a new group to the queues and makes its cursors for partitions that have none yet. `startFrom` counts for a
 * new group only: a timestamp, `now` or `-infinity`.
 *
 * A group that subscribed to what is new also gets everything of a partition that was made later, which is why the start
 * is remembered by queue and not read off the partition. Messages of a partition are as old as their order, so the first
 * that is not too old is where to begin.
 */
export function createConsumersStatement(target: PopTarget, startFrom: string): Statement {
  const condition = targetCondition(target, 3);
  return {
    name: `create-consumers-${condition.shape}`,
    text: `
      with lacking as materialized (
        select q.id as queue_id, p.id as partition_id, p.last_seq
        from queues q join partitions p on p.queue_id = q.id
        where ${condition.text}
          and not exists (
            select from partition_consumers c where c.partition_id = p.id and c.consumer_group = $1
          )
      ), known as materialized (
        select s.queue_id, s.start_from from subscriptions s
        where s.consumer_group = $1 and s.queue_id in (select queue_id from lacking)
      ), made as (
        insert into subscriptions as s (queue_id, consumer_group, start_from)
        select distinct queue_id, $1, $2::text::timestamptz from lacking
        where queue_id not in (select queue_id from known)
        order by queue_id
        -- Somebody else was faster: this hands out what stands, which our snapshot does not show.
        on conflict (queue_id, consumer_group) do update set start_from = s.start_from
        returning s.queue_id, s.start_from
      )
      insert into partition_consumers (partition_id, queue_id, consumer_group, cursor_seq)
      select l.partition_id, l.queue_id, $1,
             case when s.start_from = '-infinity' then 0
                  else coalesce(
                    (select m.seq - 1 from messages m
                     where m.partition_id = l.partition_id and m.created_at >= s.start_from
                     order by m.seq limit 1),
                    l.last_seq)
             end
      from lacking l join (select * from known union all select * from made) s on s.queue_id = l.queue_id
      order by l.partition_id
      on conflict do nothing`,
    values: [target.consumerGroup, startFrom, ...condition.values],
  };
}
