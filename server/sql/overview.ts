import type { Statement } from '../pool/pool-member.ts';
import { type MessageCountsRow, PARTITION_COUNTS, SUM_COUNTS } from './message-counts.ts';
import type { QueueFilter } from './queue-resources.ts';

export interface OverviewRow extends MessageCountsRow {
  readonly queues: string;
  readonly partitions: string;
  readonly namespaces: string;
  readonly tasks: string;
  /** Live leases, the partitions they are in, the messages they delivered, and those of them that are settled. */
  readonly leases: string;
  readonly leased_partitions: string;
  readonly leased_messages: string;
  readonly settled_messages: string;
  readonly dead_letters: string;
  readonly dead_letter_partitions: string;
  readonly lag_sum: string;
  readonly lag_partitions: string;
  readonly lag_min: string;
  readonly lag_max: string;
  readonly lag_median: string;
  readonly age_avg: number;
  readonly age_min: number;
  readonly age_max: number;
  readonly age_median: number;
}

/** How many numbers are in the multiranges of a group of rows. */
function sumOfSizes(seqs: string): string {
  return `coalesce(sum((select sum(upper(r.seqs) - lower(r.seqs)) from unnest(${seqs}) r (seqs))), 0)`;
}

/**
 * One row, {@link OverviewRow}. Lag is over partitions with pending messages: how many, and how many seconds the oldest
 * message that is not done has been there.
 */
export function overviewStatement({ queue, namespace, task }: QueueFilter): Statement {
  return {
    name: 'overview',
    text: `
      with chosen as materialized (
        select q.id as queue_id, q.namespace, q.task, p.id as partition_id, l.*, d.dead_letters, n.*, a.age_s
        from queues q
        left join partitions p on p.queue_id = q.id
        left join lateral (${PARTITION_COUNTS}) n on p.id is not null
        left join lateral (
          select count(*) as leases, ${sumOfSizes('c.lease_seqs')} as leased_messages,
                 ${sumOfSizes('c.lease_seqs * (c.settled + int8multirange(int8range(1, c.cursor_seq + 1)))')}
                   as settled_messages
          from partition_consumers c where c.partition_id = p.id and c.lease_expires_at > clock_timestamp()
        ) l on true
        left join lateral (
          select count(*) as dead_letters from dead_letters d where d.partition_id = p.id
        ) d on true
        left join lateral (
          select extract(epoch from clock_timestamp() - m.created_at)::float8 as age_s from messages m
          where m.partition_id = p.id
            and m.seq > coalesce((select min(c.cursor_seq) from partition_consumers c where c.partition_id = p.id), 0)
          order by m.seq limit 1
        ) a on n.pending > 0
        where ($1::text is null or q.name = $1) and ($2::text is null or q.namespace = $2)
          and ($3::text is null or q.task = $3)
      )
      select count(distinct queue_id) as queues, count(partition_id) as partitions,
             count(distinct namespace) as namespaces, count(distinct task) as tasks,
             coalesce(sum(leases), 0) as leases, count(*) filter (where leases > 0) as leased_partitions,
             coalesce(sum(leased_messages), 0) as leased_messages,
             coalesce(sum(settled_messages), 0) as settled_messages,
             coalesce(sum(dead_letters), 0) as dead_letters,
             count(*) filter (where dead_letters > 0) as dead_letter_partitions,
             coalesce(sum(pending), 0) as lag_sum, count(*) filter (where pending > 0) as lag_partitions,
             coalesce(min(pending) filter (where pending > 0), 0) as lag_min, coalesce(max(pending), 0) as lag_max,
             coalesce(percentile_disc(0.5) within group (order by pending) filter (where pending > 0), 0) as lag_median,
             coalesce(avg(age_s), 0) as age_avg, coalesce(min(age_s), 0) as age_min, coalesce(max(age_s), 0) as age_max,
             coalesce(percentile_disc(0.5) within group (order by age_s), 0) as age_median,
             ${SUM_COUNTS}
      from chosen n`,
    values: [queue ?? null, namespace ?? null, task ?? null],
  };
}
