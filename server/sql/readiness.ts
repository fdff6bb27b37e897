/**
 * How many times a queue's window buffer a message waits at most for its partition to become quiet. Debouncing alone would
 * starve the consumers of a partition that gets a message every now and then for ever.
 */
const LONGEST_WINDOWS = 10;

/** Does this message `m` of queue `q` wait so long that nobody is to get it any more? */
export const IS_OUTDATED = '(q.max_wait > 0 and m.created_at <= now() - make_interval(secs => q.max_wait))';

const OLDEST_OPEN = `(
  select m.created_at from messages m
  where m.partition_id = p.id and m.seq > coalesce(c.cursor_seq, 0) and not m.seq <@ coalesce(c.settled, '{}')
    and not ${IS_OUTDATED}
  order by m.seq limit 1)`;

const NEWEST = '(select m.created_at from messages m where m.partition_id = p.id order by m.seq desc limit 1)';

/** Does the queue `q` have options by which time decides what is delivered? */
export const IS_TIMED = '(q.delay > 0 or q.window_buffer > 0 or q.max_wait > 0)';

/** Has the partition `p` messages beyond the cursor of its consumer `c`, and nobody a lease of it? */
export const HAS_MORE = `
  p.last_seq > coalesce(c.cursor_seq, 0)
  and (c.lease_expires_at is null or c.lease_expires_at <= clock_timestamp())`;

/**
 * SQL condition on a queue `q`, one of its partitions `p` and a group's consumer `c` of it, if there is one: a pop would find
 * something there, be it only that its cursor can pass what nobody gets.
 *
 * `now()` throughout: one point in time for a whole statement, so that its parts agree.
 */
export const IS_READY = `
  ${HAS_MORE}
  and (q.delay = 0 or coalesce(${OLDEST_OPEN} <= now() - make_interval(secs => q.delay), true))
  and (q.window_buffer = 0
    or coalesce(${NEWEST} <= now() - make_interval(secs => q.window_buffer), true)
    or coalesce(${OLDEST_OPEN} <= now() - make_interval(secs => q.window_buffer * ${LONGEST_WINDOWS}), true))`;
