import type { Statement } from '../pool/pool-member.ts';
import { PARTITION_POSITION } from './message-counts.ts';
import { applyText, consumerText } from './settle-messages.ts';

export interface DeletedMessagesRow {
  readonly deleted: string;
}

/**
 * Deletes messages of partition $1, those that `doomed` selects by number, with their dead letters. They count as settled
 * for every group that has not settled them: a consumer that holds one on its lease can finish that lease, and a pop that
 * saw one before it went does not deliver it, because settled numbers are read off the locked row.
 */
function deleteText(doomed: string): string {
  return `
    with ${consumerText('c.partition_id = $1')}, doomed as materialized (${doomed}), judged as materialized (
      select c.partition_id, c.consumer_group, d.seq, null::uuid as id, null::text as transaction_id,
             null::text as error, 0 as retries, 'completed' as outcome, true as fresh
      from consumer c cross join doomed d
      where d.seq > c.cursor_seq and not d.seq <@ c.settled
    ), ${applyText('false')}, forgotten as (
      delete from dead_letters where partition_id = $1 and seq in (select seq from doomed)
    ), deleted as (
      delete from messages where partition_id = $1 and seq in (select seq from doomed) returning 1
    )
    select count(*) as deleted from deleted`;
}

/** Deletes one message, whatever its state. The row is {@link DeletedMessagesRow}. */
export function deleteMessageStatement(partitionId: string, transactionId: string): Statement {
  return {
    name: 'delete-message',
    text: deleteText('select seq from messages where partition_id = $1 and transaction_id = $2'),
    values: [partitionId, transactionId],
  };
}

/** Why a message is to go, once it is older than the queue's option says. What a consumer holds on a live lease never goes. */
export type Expiry = 'aged' | 'completed' | 'unconsumed';

/**
 * `completed`: every group has completed it; dead letters stay, somebody may still want to look at them. `unconsumed`:
 * some group has not. A queue that nobody reads has completed nothing.
 */
const CONDITIONS: Readonly<Record<Expiry, string>> = Object.freeze({
  aged: 'true',
  completed: `
    m.seq <@ position.done
    and not exists (select from dead_letters d where d.partition_id = p.id and d.seq = m.seq)`,
  // The lower bound spares a walk over everything that was completed and kept.
  unconsumed: 'm.seq >= lower(int8multirange(int8range(1, null)) - position.done) and not m.seq <@ position.done',
});

/** The option that holds the seconds; 0 = never. */
const OPTIONS: Readonly<Record<Expiry, string>> = Object.freeze({
  aged: 'retentionSeconds',
  completed: 'completedRetentionSeconds',
  unconsumed: 'maxWaitTimeSeconds',
});

function isExpired(expiry: Expiry): string {
  const secondsText = `nullif((q.options ->> '${OPTIONS[expiry]}')::int, 0)`;
  const enabled = expiry === 'unconsumed' ? 'true' : `(q.options ->> 'retentionEnabled')::bool`;
  return `${enabled} and m.created_at < now() - make_interval(secs => ${secondsText})`;
}

/** Deletes at most `limit` of the partition's expired messages, oldest first. The row is {@link DeletedMessagesRow}. */
export function deleteExpiredStatement(expiry: Expiry, partitionId: string, limit: number): Statement {
  return {
    name: `delete-${expiry}`,
    text: deleteText(`
      select m.seq
      from partitions p
      join queues q on q.id = p.queue_id
      cross join lateral (${PARTITION_POSITION}) position
      join messages m on m.partition_id = p.id
      where p.id = $1 and ${isExpired(expiry)} and not m.seq <@ position.leased and ${CONDITIONS[expiry]}
      order by m.seq limit $2`),
    values: [partitionId, limit],
  };
}

export interface ExpiringPartitionRow {
  readonly id: string;
}

/**
 * Partitions after `afterId` whose oldest message is old enough, in the order of their ids: messages of a partition are
 * as old as their order, so none of the others has anything to delete. One index look-up a partition.
 */
export function findExpiringPartitionsStatement(expiry: Expiry, afterId: string, limit: number): Statement {
  return {
    name: `find-${expiry}`,
    text: `
      select p.id
      from queues q
      join partitions p on p.queue_id = q.id
      cross join lateral (
        select created_at from messages m where m.partition_id = p.id order by m.seq limit 1
      ) m
      where p.id > $1 and (q.options ->> '${OPTIONS[expiry]}')::int > 0 and ${isExpired(expiry)}
      order by p.id limit $2`,
    values: [afterId, limit],
  };
}
