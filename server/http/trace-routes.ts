import type { FastifyInstance } from 'fastify';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import type { Statement } from '../pool/pool-member.ts';
import { refusalOfName } from '../queue/push-item.ts';
import { parseUuid } from '../queue/uuid-v7.ts';
import {
  type AddedTraceRow,
  addTraceStatement,
  countMessageTracesStatement,
  countNamedTracesStatement,
  countTraceNamesStatement,
  findMessageTracesStatement,
  findNamedTracesStatement,
  listTraceNamesStatement,
  type NewTrace,
  type TraceCountRow,
  type TraceNameRow,
  type TraceRow,
} from '../sql/traces.ts';
import { isObject } from './push-body.ts';
import { type Query, queryPage } from './read-query.ts';
import { RequestError } from './request-error.ts';
import { withData } from './stored-payload.ts';

const DEFAULT_LIMIT = 100;
const DEFAULT_NAMES_LIMIT = 50;
const MAX_NAMES = 100;

/** `POST /api/v1/traces` tells something about a message; the `GET`s give it back, by message or by name. */
export function registerTraces(app: FastifyInstance, pool: AsyncDbPool): void {
  app.post('/api/v1/traces', async ({ body }, reply) => {
    const { rows } = await pool.query<AddedTraceRow>(addTraceStatement(decodeTrace(body)));
    if (rows.length === 0) throw new RequestError('Message not found', { statusCode: 404 });
    return reply.code(201).send({ success: true });
  });
  app.get<{ Params: { partitionId: string; transactionId: string }; Querystring: Query }>(
    '/api/v1/traces/:partitionId/:transactionId',
    async ({ params: { partitionId, transactionId }, query }, reply) => {
      const page = queryPage(query, DEFAULT_LIMIT);
      const possible = parseUuid(partitionId) !== undefined && refusalOfName('', transactionId) === undefined;
      const traces = possible
        ? await findTraces(
            pool,
            findMessageTracesStatement(partitionId, transactionId, page),
            countMessageTracesStatement(partitionId, transactionId),
          )
        : NO_TRACES;
      return reply.type('application/json').send(renderTraces(traces, page));
    },
  );
  app.get<{ Params: { name: string }; Querystring: Query }>(
    '/api/v1/traces/by-name/:name',
    async ({ params: { name }, query }, reply) => {
      const page = queryPage(query, DEFAULT_LIMIT);
      const traces =
        refusalOfName('', name) === undefined
          ? await findTraces(pool, findNamedTracesStatement(name, page), countNamedTracesStatement(name))
          : NO_TRACES;
      return reply.type('application/json').send(renderTraces(traces, page));
    },
  );
  app.get<{ Querystring: Query }>('/api/v1/traces/names', async ({ query }) => {
    const page = queryPage(query, DEFAULT_NAMES_LIMIT);
    const { rows } = await pool.query<TraceNameRow>(listTraceNamesStatement(page));
    const counted = await pool.query<TraceCountRow>(countTraceNamesStatement());
    return {
      trace_names: rows.map(toTraceName),
      total: Number(counted.rows[0]?.count ?? 0),
      count: rows.length,
      ...page,
    };
  });
}

/** Traces of one page, and how many there are on all. */
interface TracePage {
  readonly rows: readonly TraceRow[];
  readonly total: number;
}

const NO_TRACES: TracePage = Object.freeze({ rows: [], total: 0 });

async function findTraces(pool: AsyncDbPool, find: Statement, count: Statement): Promise<TracePage> {
  const { rows } = await pool.query<TraceRow>(find);
  const counted = await pool.query<TraceCountRow>(count);
  return { rows, total: Number(counted.rows[0]?.count ?? 0) };
}

function toTraceName(row: TraceNameRow): object {
  return {
    trace_name: row.name,
    trace_count: Number(row.traces),
    message_count: Number(row.messages),
    last_seen: row.last_seen,
  };
}

function decodeTrace(body: unknown): NewTrace {
  const { transactionId, partitionId, data, consumerGroup, traceNames = [], eventType = 'info' } = asFields(body);
  if (typeof transactionId !== 'string') throw badRequest('transactionId is required');
  if (typeof partitionId !== 'string') throw badRequest('partitionId is required');
  if (data === undefined) throw badRequest('data is required');
  const names: readonly unknown[] = Array.isArray(traceNames) ? traceNames : [undefined];
  if (names.length > MAX_NAMES || !names.every(isName)) {
    throw badRequest(`traceNames: expected at most ${MAX_NAMES} names of 1 to 255 characters`);
  }
  if (!isName(eventType)) throw badRequest('eventType: expected 1 to 255 characters');
  if (consumerGroup !== undefined && consumerGroup !== null && !isName(consumerGroup)) {
    throw badRequest('consumerGroup: expected 1 to 255 characters');
  }
  if (parseUuid(partitionId) === undefined || !isName(transactionId)) {
    throw new RequestError('Message not found', { statusCode: 404 });
  }
  return {
    partitionUuid: partitionId,
    transactionId,
    consumerGroup: consumerGroup ?? undefined,
    eventType,
    data: JSON.stringify(data),
    names,
  };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && refusalOfName('', value) === undefined;
}

function asFields(body: unknown): Readonly<Record<string, unknown>> {
  if (body === undefined) throw badRequest('Empty request body');
  return isObject(body) ? body : {};
}

function renderTraces({ rows, total }: TracePage, page: object): string {
  const traces = rows.map((row) => {
    const fields = {
      id: row.id,
      transactionId: row.transaction_id,
      partitionId: row.partition_uuid,
      queue: row.queue,
      partition: row.partition,
      consumerGroup: row.consumer_group,
      eventType: row.event_type,
      traceNames: row.names,
      createdAt: row.created_at,
    };
    return withData(fields, row.data);
  });
  const rest = JSON.stringify({ total, ...page });
  return `{"traces":[${traces.join(',')}],${rest.slice(1)}`;
}

function badRequest(message: string): RequestError {
  return new RequestError(message, { statusCode: 400 });
}
