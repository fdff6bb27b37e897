import type { FastifyInstance } from 'fastify';
import { queryByLookUp } from '../observe/query-by-look-up.ts';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import {
  countMessagesStatement,
  type ListedMessageRow,
  listMessagesStatement,
  type MessageCountRow,
} from '../sql/list-messages.ts';
import { toMessageCounts } from '../sql/message-counts.ts';
import {
  countQueuesStatement,
  listPartitionsStatement,
  listQueuesStatement,
  type PartitionRow,
  type QueueCountRow,
  type QueueRow,
} from '../sql/queue-resources.ts';
import { HOUR_MS, messageFilter } from './message-routes.ts';
import { findQueue } from './queue-resource-routes.ts';
import { type Query, queryPage, queryTimeRange } from './read-query.ts';
import { queueFilter } from './status-routes.ts';

const DEFAULT_LIMIT = 100;
const DEFAULT_PARTITIONS = 1_000;

interface QueueStatusRoute {
  readonly Params: { readonly queue: string };
  readonly Querystring: Query;
}

/** `GET /api/v1/status/queues`, `/api/v1/status/queues/:queue` and `/api/v1/status/queues/:queue/messages`. */
export function registerQueueStatus(app: FastifyInstance, pool: AsyncDbPool): void {
  app.get<QueueStatusRoute>('/api/v1/status/queues', async ({ query }) => {
    const filter = queueFilter(query);
    const page = queryPage(query, DEFAULT_LIMIT);
    const { rows } = await queryByLookUp<QueueRow>(pool, listQueuesStatement(filter, page));
    const counted = await pool.query<QueueCountRow>(countQueuesStatement(filter));
    return {
      queues: rows.map(toQueue),
      pagination: { ...page, total: Number(counted.rows[0]?.count ?? 0) },
      timeRange: queryTimeRange(query, new Date(), HOUR_MS),
    };
  });
  app.get<QueueStatusRoute>('/api/v1/status/queues/:queue', async ({ params, query }) => {
    const queue = await findQueue(pool, params.queue);
    const page = queryPage(query, DEFAULT_PARTITIONS);
    const { rows } = await queryByLookUp<PartitionRow>(pool, listPartitionsStatement(queue.id, page));
    const { leaseTime, retryLimit, ttl, maxSize } = queue.options;
    const messages = toMessageCounts(queue);
    return {
      queue: {
        id: queue.id,
        name: queue.name,
        namespace: queue.namespace,
        task: queue.task,
        priority: queue.priority,
        config: { leaseTime, retryLimit, ttl, maxQueueSize: maxSize },
        createdAt: queue.created_at,
      },
      totals: { messages, partitions: Number(queue.partitions), consumed: messages.completed + messages.deadLetter },
      partitions: rows.map(toPartition),
      timeRange: queryTimeRange(query, new Date(), HOUR_MS),
    };
  });
  app.get<QueueStatusRoute>('/api/v1/status/queues/:queue/messages', async ({ params, query }) => {
    const now = new Date();
    const queue = await findQueue(pool, params.queue);
    const filter = { ...messageFilter(query, now), queue: queue.name };
    const page = queryPage(query, DEFAULT_LIMIT);
    const { rows } = await queryByLookUp<ListedMessageRow>(pool, listMessagesStatement(filter, page));
    const counted = await queryByLookUp<MessageCountRow>(pool, countMessagesStatement(filter));
    return {
      messages: rows.map((row) => toMessage(row, now)),
      pagination: { ...page, total: Number(counted.rows[0]?.count ?? 0) },
      queue: queue.name,
      filters: { status: filter.state ?? null, partition: filter.partition ?? null },
      timeRange: { from: filter.from, to: filter.to },
    };
  });
}

function toQueue(row: QueueRow): object {
  return {
    id: row.id,
    name: row.name,
    namespace: row.namespace,
    task: row.task,
    priority: row.priority,
    createdAt: row.created_at,
    partitions: Number(row.partitions),
    messages: toMessageCounts(row),
  };
}

function toPartition(row: PartitionRow): object {
  const messages = toMessageCounts(row);
  return {
    id: row.uuid,
    name: row.name,
    createdAt: row.created_at,
    messages,
    cursor: { totalConsumed: messages.completed + messages.deadLetter, lastConsumedAt: row.last_popped_at },
  };
}

function toMessage(row: ListedMessageRow, now: Date): object {
  const ageS = Math.max(0, (now.getTime() - row.created_at.getTime()) / 1000);
  return {
    id: row.id,
    transactionId: row.transaction_id,
    partition: row.partition,
    createdAt: row.created_at,
    status: row.state,
    traceId: row.trace_id,
    retryCount: row.retry_count,
    age: { seconds: ageS, formatted: formatAge(ageS) },
  };
}

/** The largest two units: `17s`, `3m 20s`, `2h 5m`, `4d 1h`. */
function formatAge(seconds: number): string {
  const units = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'm'],
    [1, 's'],
  ] as const;
  const whole = Math.floor(seconds);
  const largest = units.findIndex(([size]) => whole >= size);
  if (largest === -1) return '0s';
  return units
    .slice(largest, largest + 2)
    .map(([size, unit], position) => [
      Math.floor((position === 0 ? whole : whole % (units[largest]?.[0] ?? 1)) / size),
      unit,
    ])
    .filter(([count], position) => position === 0 || count !== 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(' ');
}
