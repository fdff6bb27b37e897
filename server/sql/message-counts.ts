/**
 * Where messages stand, worked out from what pop and ack keep: `cursor_seq`, `settled`, `lease_seqs`, `retries`, and the
 * dead letters. There is no counter that could differ from it.
 *
 * A message has one of four states. `pending`: some group has still to get it, or there is no group; `processing`: some
 * group has it on a live lease; `deadLetter`: every group is done with it, and one gave it up; `completed`: every group
 * is done with it, and none gave it up. `total` is their sum. `failed` counts those of the pending ones that were
 * delivered and failed, and will be delivered again.
 */
export interface MessageCountsRow {
  readonly total: string;
  readonly pending: string;
  readonly processing: string;
  readonly completed: string;
  readonly failed: string;
  readonly dead_letter: string;
}

/**
 * A row for each group that reads the queue of partition `p`: the numbers it is `done` with, has `leased`, and is to get
 * again because they `failed`. A group that has no cursor in the partition yet begins where its first pop would.
 */
export const GROUP_POSITIONS = `
  select g.consumer_group, g.done, g.leased - g.done as leased, g.failed - g.done - g.leased as failed
  from (
    select s.consumer_group,
           case when c.partition_id is not null then int8multirange(int8range(1, c.cursor_seq + 1)) + c.settled
                when s.start_from = '-infinity' then '{}'
                else int8multirange(int8range(1, coalesce(
                  (select m.seq from messages m
                   where m.partition_id = p.id and m.created_at >= s.start_from
                   order by m.seq limit 1),
                  p.last_seq + 1)))
           end as done,
           case when c.lease_expires_at > clock_timestamp() then c.lease_seqs - c.lease_failed else '{}' end as leased,
           coalesce(
             (select range_agg(int8range(key::bigint, key::bigint, '[]')) from jsonb_object_keys(c.retries) key),
             '{}') as failed
    from subscriptions s
    left join partition_consumers c on c.partition_id = p.id and c.consumer_group = s.consumer_group
    where s.queue_id = p.queue_id
  ) g`;

/** One row for partition `p`: what every group is done with, and what some group has leased or is to get again. */
export const PARTITION_POSITION = `
  select coalesce(range_intersect_agg(g.done), '{}') as done,
         coalesce(range_agg(g.leased), '{}') as leased,
         coalesce(range_agg(g.failed), '{}') - coalesce(range_agg(g.leased), '{}') as failed
  from (${GROUP_POSITIONS}) g`;

/** How many messages of `p` have a number in a multirange: by the primary key alone. */
function countIn(seqs: string): string {
  return `(select count(*) from unnest(${seqs}) r (seqs)
           join messages m on m.partition_id = p.id and m.seq >= lower(r.seqs) and m.seq < upper(r.seqs))`;
}

/** {@link MessageCountsRow} of partition `p`. Exact; reads the primary key of the partition's messages once. */
export const PARTITION_COUNTS = `
  select c.total, c.outstanding - c.processing as pending, c.processing, c.failed, c.dead_letter,
         c.total - c.outstanding - c.dead_letter as completed
  from (${PARTITION_POSITION}) position
  cross join lateral (
    select (select count(*) from messages m where m.partition_id = p.id) as total,
           ${countIn('int8multirange(int8range(1, p.last_seq + 1)) - position.done')} as outstanding,
           ${countIn('position.leased')} as processing,
           ${countIn('position.failed')} as failed,
           (select count(distinct d.seq) from dead_letters d
            where d.partition_id = p.id and d.seq <@ position.done) as dead_letter
  ) c`;

/** The sums of {@link PARTITION_COUNTS}, where it is joined as `n`. */
export const SUM_COUNTS = ['total', 'pending', 'processing', 'completed', 'failed', 'dead_letter']
  .map((count) => `coalesce(sum(n.${count}), 0)::bigint as ${count}`)
  .join(', ');

/** Counts as the wire has them. */
export interface MessageCounts {
  readonly total: number;
  readonly pending: number;
  readonly processing: number;
  readonly completed: number;
  readonly failed: number;
  readonly deadLetter: number;
}

export function toMessageCounts(row: MessageCountsRow): MessageCounts {
  return {
    total: Number(row.total),
    pending: Number(row.pending),
    processing: Number(row.processing),
    completed: Number(row.completed),
    failed: Number(row.failed),
    deadLetter: Number(row.dead_letter),
  };
}
