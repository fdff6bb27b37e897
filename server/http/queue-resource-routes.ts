import type { FastifyInstance } from 'fastify';
import { queryByLookUp } from '../observe/query-by-look-up.ts';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { deleteQueue } from '../queue/delete-queue.ts';
import { refusalOfName } from '../queue/push-item.ts';
import { toMessageCounts } from '../sql/message-counts.ts';
import { type OverviewRow, overviewStatement } from '../sql/overview.ts';
import {
  type LabelRow,
  listLabelsStatement,
  listPartitionsStatement,
  listQueuesStatement,
  type PartitionRow,
  type QueueRow,
} from '../sql/queue-resources.ts';
import { type Query, queryName, queryPage } from './read-query.ts';
import { RequestError } from './request-error.ts';

const DEFAULT_LIMIT = 1_000;

interface QueuePath {
  readonly Params: { readonly queue: string };
  readonly Querystring: Query;
}

/** `GET /api/v1/resources/…`: what there is; `DELETE /api/v1/resources/queues/:queue`: away with it. */
export function registerQueueResources(app: FastifyInstance, pool: AsyncDbPool): void {
  app.delete<QueuePath>('/api/v1/resources/queues/:queue', async ({ params: { queue } }) => {
    const existed = refusalOfName('', queue) === undefined && (await deleteQueue(pool, queue));
    return { deleted: true, queue, existed };
  });
  app.get<QueuePath>('/api/v1/resources/queues', async ({ query }) => {
    const filter = { namespace: queryName(query, 'namespace'), task: queryName(query, 'task') };
    const { rows } = await queryByLookUp<QueueRow>(pool, listQueuesStatement(filter, queryPage(query, DEFAULT_LIMIT)));
    return { queues: rows.map(toListedQueue) };
  });
  app.get<QueuePath>('/api/v1/resources/queues/:queue', async ({ params, query }) => {
    const queue = await findQueue(pool, params.queue);
    const { rows } = await queryByLookUp<PartitionRow>(
      pool,
      listPartitionsStatement(queue.id, queryPage(query, DEFAULT_LIMIT)),
    );
    return {
      id: queue.id,
      name: queue.name,
      namespace: queue.namespace,
      task: queue.task,
      createdAt: queue.created_at,
      partitions: rows.map(toPartition),
      totals: toMessageCounts(queue),
    };
  });
  for (const [column, member] of [
    ['namespace', 'namespaces'],
    ['task', 'tasks'],
  ] as const) {
    app.get<{ Querystring: Query }>(`/api/v1/resources/${member}`, async ({ query }) => {
      const { rows } = await queryByLookUp<LabelRow>(
        pool,
        listLabelsStatement(column, queryPage(query, DEFAULT_LIMIT)),
      );
      return { [member]: rows.map((row) => toLabel(column, row)) };
    });
  }
  app.get('/api/v1/resources/overview', async () => toOverview(await findOverview(pool)));
}

/** The queue of this name with its counts. @throws RequestError 404 when there is none. */
export async function findQueue(pool: AsyncDbPool, name: string): Promise<QueueRow> {
  if (refusalOfName('', name) === undefined) {
    const { rows } = await queryByLookUp<QueueRow>(pool, listQueuesStatement({ queue: name }, { limit: 1, offset: 0 }));
    if (rows[0] !== undefined) return rows[0];
  }
  throw new RequestError('Queue not found', { statusCode: 404 });
}

async function findOverview(pool: AsyncDbPool): Promise<OverviewRow> {
  const { rows } = await queryByLookUp<OverviewRow>(pool, overviewStatement({}));
  if (rows[0] === undefined) throw new Error('The overview has no row.');
  return rows[0];
}

function toListedQueue(row: QueueRow): object {
  const { total, pending, processing } = toMessageCounts(row);
  return {
    id: row.id,
    name: row.name,
    namespace: row.namespace || null,
    task: row.task || null,
    partitions: Number(row.partitions),
    createdAt: row.created_at,
    messages: { total, pending, processing },
  };
}

function toPartition(row: PartitionRow): object {
  return {
    id: row.uuid,
    name: row.name,
    createdAt: row.created_at,
    oldestMessage: row.oldest,
    newestMessage: row.newest,
    stats: toMessageCounts(row),
  };
}

function toLabel(column: 'namespace' | 'task', row: LabelRow): object {
  const { total, pending } = toMessageCounts(row);
  return {
    [column]: row.label,
    queues: Number(row.queues),
    partitions: Number(row.partitions),
    messages: { total, pending },
  };
}

function toOverview(row: OverviewRow): object {
  const partitions = Number(row.lag_partitions);
  return {
    queues: Number(row.queues),
    partitions: Number(row.partitions),
    namespaces: Number(row.namespaces),
    tasks: Number(row.tasks),
    messages: toMessageCounts(row),
    lag: {
      offset: {
        avg: partitions === 0 ? 0 : Math.round(Number(row.lag_sum) / partitions),
        median: Number(row.lag_median),
        min: Number(row.lag_min),
        max: Number(row.lag_max),
      },
      time: {
        avg: Math.round(row.age_avg),
        median: Math.round(row.age_median),
        min: Math.round(row.age_min),
        max: Math.round(row.age_max),
      },
    },
    timestamp: new Date(),
  };
}
