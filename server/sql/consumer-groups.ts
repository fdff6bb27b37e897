import type { Statement } from '../pool/pool-member.ts';
import { GROUP_POSITIONS } from './message-counts.ts';

/** A group's place in one partition. */
export interface GroupPlaceRow {
  readonly consumer_group: string;
  readonly queue: string;
  readonly partition: string;
  readonly lease_id: string | null;
  readonly lease_active: boolean;
  readonly last_popped_at: Date | null;
  /** Numbers the cursor has passed; more than the messages that were consumed where some were deleted or repeated. */
  readonly cursor_seq: string;
  /** Messages the group is not done with, and the age of the oldest of them. */
  readonly lag: string;
  readonly lag_s: number;
}

/** At most `limit` rows, {@link GroupPlaceRow}, by group, queue and partition. */
export function listGroupPlacesStatement(limit: number): Statement {
  return {
    name: 'group-places',
    text: `
      select g.consumer_group, q.name as queue, p.name as partition, c.lease_id, c.last_popped_at,
             coalesce(c.lease_expires_at > clock_timestamp(), false) as lease_active,
             coalesce(c.cursor_seq, 0) as cursor_seq, o.lag,
             coalesce(extract(epoch from clock_timestamp() - m.created_at)::float8, 0) as lag_s
      from queues q
      join partitions p on p.queue_id = q.id
      cross join lateral (${GROUP_POSITIONS}) g
      cross join lateral (
        select count(m.seq) as lag, min(m.seq) as first_seq
        from unnest(int8multirange(int8range(1, p.last_seq + 1)) - g.done) r (seqs)
        join messages m on m.partition_id = p.id and m.seq >= lower(r.seqs) and m.seq < upper(r.seqs)
      ) o
      left join messages m on m.partition_id = p.id and m.seq = o.first_seq
      left join partition_consumers c on c.partition_id = p.id and c.consumer_group = g.consumer_group
      order by g.consumer_group, q.name, p.name
      limit $1`,
    values: [limit],
  };
}
