import type { Statement } from '../pool/pool-member.ts';
import { GROUP_POSITIONS, PARTITION_POSITION } from './message-counts.ts';
import type { Page } from './queue-resources.ts';

/** States a message can be in; see `message-counts.ts`. */
export const MESSAGE_STATES = ['pending', 'processing', 'completed', 'failed', 'dead_letter'] as const;

type MessageState = (typeof MESSAGE_STATES)[number];

/** Which messages; undefined members do not restrict. */
export interface MessageFilter {
  readonly queue: string | undefined;
  readonly partition: string | undefined;
  readonly namespace: string | undefined;
  readonly task: string | undefined;
  /** `failed` = those of the pending ones that failed before. */
  readonly state: MessageState | undefined;
  readonly from: Date;
  readonly to: Date;
}

export interface ListedMessageRow {
  readonly id: string;
  readonly transaction_id: string;
  readonly partition_uuid: string;
  readonly queue: string;
  readonly partition: string;
  readonly namespace: string;
  readonly task: string;
  readonly priority: number;
  readonly trace_id: string | null;
  readonly created_at: Date;
  readonly state: Exclude<MessageState, 'failed'>;
  /** For queue mode alone; null where nobody consumes in queue mode. */
  readonly queue_mode_state: 'pending' | 'processing' | 'completed' | null;
  /** Consumer groups that are done with it, and how many there are; without queue mode. */
  readonly consumed_by: string;
  readonly total_groups: string;
  readonly retry_count: number;
  readonly lease_expires_at: Date | null;
}

const STATE = `
  case when m.seq <@ p.leased then 'processing'
       when not m.seq <@ p.done then 'pending'
       when exists (select from dead_letters d where d.partition_id = p.id and d.seq = m.seq) then 'dead_letter'
       else 'completed' end`;

/** What is said of message `m` of partition `p`, which has its position. */
const MESSAGE_COLUMNS = `
  m.id, m.transaction_id, p.uuid as partition_uuid, p.queue, p.name as partition, p.namespace, p.task, p.priority,
  m.trace_id, m.created_at, m.state, g.queue_mode_state, g.consumed_by, g.total_groups, r.retry_count, r.lease_expires_at`;

const MESSAGE_JOINS = `
  cross join lateral (
    select count(*) filter (where g.consumer_group <> '__QUEUE_MODE__') as total_groups,
           count(*) filter (where g.consumer_group <> '__QUEUE_MODE__' and m.seq <@ g.done) as consumed_by,
           max(case when m.seq <@ g.leased then 'processing' when m.seq <@ g.done then 'completed' else 'pending' end)
             filter (where g.consumer_group = '__QUEUE_MODE__') as queue_mode_state
    from (${GROUP_POSITIONS}) g
  ) g
  cross join lateral (
    select coalesce(max((c.retries ->> m.seq::text)::int), 0) as retry_count,
           max(c.lease_expires_at) filter (where m.seq <@ c.lease_seqs and m.state = 'processing') as lease_expires_at
    from partition_consumers c where c.partition_id = p.id
  ) r`;

/** With the numbers that can be of the state asked for, so that the others are not even looked at. */
const CHOSEN_PARTITIONS = `
  p as materialized (
    select p.id, p.uuid, p.name, p.queue_id, p.last_seq, q.name as queue, q.namespace, q.task, q.priority, position.*,
           case $5::text
             when 'processing' then position.leased
             when 'failed' then position.failed
             when 'pending' then int8multirange(int8range(1, p.last_seq + 1)) - position.done - position.leased
             when 'completed' then position.done
             when 'dead_letter' then position.done
             else int8multirange(int8range(1, p.last_seq + 1)) end as chosen
    from queues q
    join partitions p on p.queue_id = q.id
    cross join lateral (${PARTITION_POSITION}) position
    where ($1::text is null or q.name = $1) and ($2::text is null or p.name = $2)
      and ($3::text is null or q.namespace = $3) and ($4::text is null or q.task = $4)
  )`;

const CHOSEN_MESSAGES = `
  m.partition_id = p.id and m.seq >= lower(p.chosen) and m.seq < upper(p.chosen) and m.seq <@ p.chosen
  and m.created_at >= $6 and m.created_at < $7
  and case when $5::text in ('completed', 'dead_letter') then ${STATE} = $5 else true end`;

const LIST = `
  with ${CHOSEN_PARTITIONS}
  select ${MESSAGE_COLUMNS}
  from p
  cross join lateral (
    select m.*, ${STATE} as state
    from messages m
    where ${CHOSEN_MESSAGES}
    order by m.seq desc
    limit $8::int + $9::int
  ) m
  ${MESSAGE_JOINS}
  order by m.created_at desc, p.id, m.seq desc
  limit $8 offset $9`;

/** Rows are {@link ListedMessageRow}, newest first; of one partition in the opposite order of delivery. */
export function listMessagesStatement(filter: MessageFilter, { limit, offset }: Page): Statement {
  return { name: 'list-messages', text: LIST, values: [...filterValues(filter), limit, offset] };
}

export interface MessageCountRow {
  readonly count: string;
}

/** How many messages there are on all pages: {@link MessageCountRow}. */
export function countMessagesStatement(filter: MessageFilter): Statement {
  return {
    name: 'count-messages',
    text: `with ${CHOSEN_PARTITIONS} select count(*) from p join messages m on ${CHOSEN_MESSAGES}`,
    values: filterValues(filter),
  };
}

function filterValues({
  queue,
  partition,
  namespace,
  task,
  state,
  from,
  to,
}: MessageFilter): readonly (string | null)[] {
  return [
    queue ?? null,
    partition ?? null,
    namespace ?? null,
    task ?? null,
    state ?? null,
    from.toISOString(),
    to.toISOString(),
  ];
}

export interface MessageRow extends ListedMessageRow {
  /** JSON text. */
  readonly payload: string;
  readonly is_encrypted: boolean;
  /** Why it is among the dead letters, if it is. */
  readonly error: string | null;
}

/** {@link MessageRow} of the message, if it exists. */
export function findMessageStatement(partitionUuid: string, transactionId: string): Statement {
  return {
    name: 'find-message',
    text: `
      with p as materialized (
        select p.id, p.uuid, p.name, p.queue_id, p.last_seq, q.name as queue, q.namespace, q.task, q.priority, position.*
        from partitions p
        join queues q on q.id = p.queue_id
        cross join lateral (${PARTITION_POSITION}) position
        where p.uuid = $1
      )
      select ${MESSAGE_COLUMNS}, m.payload::text as payload, m.is_encrypted,
             (select d.error from dead_letters d
              where d.partition_id = p.id and d.seq = m.seq order by d.failed_at desc limit 1) as error
      from p
      cross join lateral (
        select m.*, ${STATE} as state from messages m where m.partition_id = p.id and m.transaction_id = $2
      ) m
      ${MESSAGE_JOINS}`,
    values: [partitionUuid, transactionId],
  };
}

export interface ModeRow {
  readonly has_queue_mode: boolean;
  readonly bus_groups: string;
}

/** {@link ModeRow}: how the queues chosen are read. */
export function findModeStatement({ queue, namespace, task }: MessageFilter): Statement {
  return {
    name: 'find-mode',
    text: `
      select coalesce(bool_or(s.consumer_group = '__QUEUE_MODE__'), false) as has_queue_mode,
             count(distinct s.consumer_group) filter (where s.consumer_group <> '__QUEUE_MODE__') as bus_groups
      from queues q join subscriptions s on s.queue_id = q.id
      where ($1::text is null or q.name = $1) and ($2::text is null or q.namespace = $2)
        and ($3::text is null or q.task = $3)`,
    values: [queue ?? null, namespace ?? null, task ?? null],
  };
}
