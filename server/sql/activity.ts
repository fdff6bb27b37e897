import type { ActivityCounts } from '../observe/activity.ts';
import type { Statement } from '../pool/pool-member.ts';

/** The counts that are kept. */
type RecordedCounts = Pick<ActivityCounts, 'pushed' | 'popped' | 'completed' | 'failed' | 'deadLettered'>;

/** Adds what a worker has done to the present minute. */
export function addActivityStatement(counts: RecordedCounts): Statement {
  return {
    name: 'add-activity',
    text: `
      insert into activity as a (minute, pushed, popped, completed, failed, dead_lettered)
      values (date_trunc('minute', now()), $1, $2, $3, $4, $5)
      on conflict (minute) do update
      set pushed = a.pushed + excluded.pushed, popped = a.popped + excluded.popped,
          completed = a.completed + excluded.completed, failed = a.failed + excluded.failed,
          dead_lettered = a.dead_lettered + excluded.dead_lettered`,
    values: [counts.pushed, counts.popped, counts.completed, counts.failed, counts.deadLettered],
  };
}

export const INTERVALS = ['minute', 'hour', 'day'] as const;

export type Interval = (typeof INTERVALS)[number];

export interface ThroughputRow {
  readonly timestamp: Date;
  readonly ingested: string;
  readonly processed: string;
  readonly failed: string;
  readonly dead_lettered: string;
}

/**
 * A row for each interval that touches the time, {@link ThroughputRow}, latest first. `ingested` counts messages that are
 * still there, by the time they were pushed; the rest is what the workers have told, a few seconds ago at most.
 */
export function throughputStatement(interval: Interval, from: Date, to: Date): Statement {
  return {
    name: 'throughput',
    text: `
      with slot as (
        select generate_series(date_bin($1::interval, $2::timestamptz, 'epoch'), least($3::timestamptz, now()), $1) as at
      ), ingested as (
        select date_bin($1, created_at, 'epoch') as at, count(*) as messages from messages
        where created_at >= date_bin($1, $2, 'epoch') and created_at < $3
        group by 1
      ), done as (
        select date_bin($1, minute, 'epoch') as at, sum(completed) as completed, sum(failed) as failed,
               sum(dead_lettered) as dead_lettered
        from activity
        where minute >= date_bin($1, $2, 'epoch') and minute < $3
        group by 1
      )
      select s.at as timestamp, coalesce(i.messages, 0) as ingested, coalesce(d.completed + d.dead_lettered, 0) as processed,
             coalesce(d.failed, 0) as failed, coalesce(d.dead_lettered, 0) as dead_lettered
      from slot s left join ingested i on i.at = s.at left join done d on d.at = s.at
      order by s.at desc`,
    values: [`1 ${interval}`, from.toISOString(), to.toISOString()],
  };
}
