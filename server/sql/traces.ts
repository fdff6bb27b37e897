import type { Statement } from '../pool/pool-member.ts';
import type { Page } from './queue-resources.ts';

/** What a consumer tells about a message. */
export interface NewTrace {
  readonly partitionUuid: string;
  readonly transactionId: string;
  readonly consumerGroup: string | undefined;
  readonly eventType: string;
  /** JSON text. */
  readonly data: string;
  readonly names: readonly string[];
}

export interface AddedTraceRow {
  readonly id: string;
}

/** Adds a trace with its names; no row when there is no such message. */
export function addTraceStatement(trace: NewTrace): Statement {
  return {
    name: 'add-trace',
    text: `
      with trace as (
        insert into traces (partition_id, transaction_id, consumer_group, event_type, data)
        select m.partition_id, m.transaction_id, $3, $4, $5::json
        from partitions p
        join messages m on m.partition_id = p.id and m.transaction_id = $2
        where p.uuid = $1
        returning id
      ), named as (
        insert into trace_names (name, trace_id) select distinct name, trace.id from trace, unnest($6::text[]) name
      )
      select id from trace`,
    values: [
      trace.partitionUuid,
      trace.transactionId,
      trace.consumerGroup ?? null,
      trace.eventType,
      trace.data,
      trace.names,
    ],
  };
}

export interface TraceRow {
  readonly id: string;
  readonly partition_uuid: string;
  readonly transaction_id: string;
  readonly queue: string;
  readonly partition: string;
  readonly consumer_group: string | null;
  readonly event_type: string;
  /** JSON text. */
  readonly data: string;
  readonly names: readonly string[];
  readonly created_at: Date;
}

const TRACE_COLUMNS = `
  t.id, p.uuid as partition_uuid, t.transaction_id, q.name as queue, p.name as partition, t.consumer_group, t.event_type,
  t.data::text as data, t.created_at,
  array(select n.name from trace_names n where n.trace_id = t.id order by n.name) as names`;

/** {@link TraceRow} of a message, in the order they were told. */
export function findMessageTracesStatement(
  partitionUuid: string,
  transactionId: string,
  { limit, offset }: Page,
): Statement {
  return {
    name: 'message-traces',
    text: `
      select ${TRACE_COLUMNS}
      from partitions p
      join queues q on q.id = p.queue_id
      join traces t on t.partition_id = p.id and t.transaction_id = $2
      where p.uuid = $1
      order by t.id limit $3 offset $4`,
    values: [partitionUuid, transactionId, limit, offset],
  };
}

/** {@link TraceRow} of every message that was traced under a name, latest first. */
export function findNamedTracesStatement(name: string, { limit, offset }: Page): Statement {
  return {
    name: 'named-traces',
    text: `
      with page as (
        select trace_id from trace_names where name = $1 order by trace_id desc limit $2 offset $3
      )
      select ${TRACE_COLUMNS}
      from page
      join traces t on t.id = page.trace_id
      join partitions p on p.id = t.partition_id
      join queues q on q.id = p.queue_id
      order by t.id desc`,
    values: [name, limit, offset],
  };
}

export interface TraceNameRow {
  readonly name: string;
  readonly traces: string;
  readonly messages: string;
  readonly last_seen: Date;
}

/** How many there are on all pages. */
export interface TraceCountRow {
  readonly count: string;
}

export function countMessageTracesStatement(partitionUuid: string, transactionId: string): Statement {
  return {
    name: 'count-message-traces',
    text: `
      select count(*) from partitions p join traces t on t.partition_id = p.id and t.transaction_id = $2
      where p.uuid = $1`,
    values: [partitionUuid, transactionId],
  };
}

export function countNamedTracesStatement(name: string): Statement {
  return { name: 'count-named-traces', text: 'select count(*) from trace_names where name = $1', values: [name] };
}

export function countTraceNamesStatement(): Statement {
  return { name: 'count-trace-names', text: 'select count(distinct name) from trace_names' };
}

/** Rows are {@link TraceNameRow}, the name used last first. */
export function listTraceNamesStatement({ limit, offset }: Page): Statement {
  return {
    name: 'trace-names',
    text: `
      select n.name, count(*) as traces, count(distinct (t.partition_id, t.transaction_id)) as messages,
             max(t.created_at) as last_seen
      from trace_names n join traces t on t.id = n.trace_id
      group by n.name
      order by max(t.id) desc limit $1 offset $2`,
    values: [limit, offset],
  };
}
