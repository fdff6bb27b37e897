import type { FastifyInstance } from 'fastify';
import { queryByLookUp } from '../observe/query-by-look-up.ts';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { INTERVALS, type ThroughputRow, throughputStatement } from '../sql/activity.ts';
import { type TopErrorRow, topErrorsStatement } from '../sql/dead-letters.ts';
import { toMessageCounts } from '../sql/message-counts.ts';
import { type OverviewRow, overviewStatement } from '../sql/overview.ts';
import { listQueuesStatement, type QueueFilter, type QueueRow } from '../sql/queue-resources.ts';
import { listSystemSamplesStatement, type SystemSampleRow } from '../sql/system-samples.ts';
import { type Query, queryName, queryTimeRange, queryWord, type TimeRange } from './read-query.ts';
import { RequestError } from './request-error.ts';
import { renderThroughput, type ThroughputSlot } from './throughput.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TOP_ERRORS = 10;
const QUEUES_SHOWN = 100;
/** Slots of a series, and samples of a worker, in one reply: a day of minutes. */
const MAX_SLOTS = 1_500;

interface StatusRoute {
  readonly Querystring: Query;
}

/**
 * `GET /api/v1/status`, `/api/v1/status/analytics` and `/api/v1/analytics/system-metrics`. Counts of messages are exact and
 * of this moment, of one queue, namespace or task where the query says so; series are always of the whole server.
 */
export function registerStatus(app: FastifyInstance, pool: AsyncDbPool): void {
  app.get<StatusRoute>('/api/v1/status', async ({ query }) => {
    const range = boundedRange(query, HOUR_MS, 'minute');
    const filter = queueFilter(query);
    const slots = await throughput(pool, 'minute', range);
    const overview = await findOverview(pool, filter);
    const queues = await queryByLookUp<QueueRow>(pool, listQueuesStatement(filter, { limit: QUEUES_SHOWN, offset: 0 }));
    return {
      timeRange: range,
      throughput: slots.map(({ failed: _failed, deadLettered: _deadLettered, ...slot }) => slot),
      queues: queues.rows.map(toStatusQueue),
      messages: toMessageCounts(overview),
      leases: {
        active: Number(overview.leases),
        partitionsWithLeases: Number(overview.leased_partitions),
        totalBatchSize: Number(overview.leased_messages),
        totalAcked: Number(overview.settled_messages),
      },
      deadLetterQueue: {
        totalMessages: Number(overview.dead_letters),
        affectedPartitions: Number(overview.dead_letter_partitions),
        topErrors: await topErrors(pool, filter.queue),
      },
    };
  });
  app.get<StatusRoute>('/api/v1/status/analytics', async ({ query }) => {
    const interval = queryWord(query, 'interval', INTERVALS) ?? 'hour';
    const range = boundedRange(query, DAY_MS, interval);
    const filter = queueFilter(query);
    const slots = await throughput(pool, interval, range);
    const overview = await findOverview(pool, filter);
    const { pending, processing } = toMessageCounts(overview);
    return {
      throughput: { timeSeries: slots.map(({ deadLettered: _deadLettered, ...slot }) => slot) },
      // Nothing is kept of when a message was completed.
      latency: { overall: null, timeSeries: [] },
      errorRates: errorRates(slots),
      deadLetterQueue: {
        total: Number(overview.dead_letters),
        topErrors: await topErrors(pool, filter.queue),
        timeSeries: slots.map(({ timestamp, deadLettered }) => ({ timestamp, messages: deadLettered })),
      },
      queueDepths: { current: { pending, processing }, timeSeries: [] },
    };
  });
  app.get<StatusRoute>('/api/v1/analytics/system-metrics', async ({ query }) => {
    const range = queryTimeRange(query, new Date(), HOUR_MS);
    const { rows } = await pool.query<SystemSampleRow>(listSystemSamplesStatement(range.from, range.to, MAX_SLOTS));
    const replicas = rows.map(({ hostname, port, worker, samples }) => ({
      hostname,
      port,
      workerId: worker,
      timeSeries: samples,
    }));
    return { timeRange: range, replicas, replicaCount: replicas.length };
  });
}

/** Queues of one name, namespace or task. @throws RequestError 400 */
export function queueFilter(query: Query): QueueFilter {
  return {
    queue: queryName(query, 'queue'),
    namespace: queryName(query, 'namespace') ?? queryName(query, 'ns'),
    task: queryName(query, 'task'),
  };
}

function boundedRange(query: Query, defaultMs: number, interval: (typeof INTERVALS)[number]): TimeRange {
  const range = queryTimeRange(query, new Date(), defaultMs);
  const slotMs = { minute: 60_000, hour: HOUR_MS, day: DAY_MS }[interval];
  const slots = (range.to.getTime() - range.from.getTime()) / slotMs;
  if (slots <= MAX_SLOTS) return range;
  throw new RequestError(`from, to: expected at most ${MAX_SLOTS} ${interval}s, got ${Math.ceil(slots)}`, {
    statusCode: 400,
  });
}

async function throughput(
  pool: AsyncDbPool,
  interval: (typeof INTERVALS)[number],
  { from, to }: TimeRange,
): Promise<readonly ThroughputSlot[]> {
  const { rows } = await pool.query<ThroughputRow>(throughputStatement(interval, from, to));
  return renderThroughput(rows, interval);
}

async function findOverview(pool: AsyncDbPool, filter: QueueFilter): Promise<OverviewRow> {
  const { rows } = await queryByLookUp<OverviewRow>(pool, overviewStatement(filter));
  if (rows[0] === undefined) throw new Error('The overview has no row.');
  return rows[0];
}

async function topErrors(pool: AsyncDbPool, queue: string | undefined): Promise<readonly object[]> {
  const { rows } = await pool.query<TopErrorRow>(topErrorsStatement(queue, TOP_ERRORS));
  return rows.map(({ error, count }) => ({ error, count: Number(count) }));
}

function errorRates(slots: readonly ThroughputSlot[]): object {
  const processed = slots.reduce((sum, slot) => sum + slot.processed, 0);
  const failed = slots.reduce((sum, slot) => sum + slot.failed + slot.deadLettered, 0);
  const rate = failed === 0 ? 0 : failed / (processed + failed);
  return {
    overall: { processed, failed, rate, ratePercent: `${(rate * 100).toFixed(2)}%` },
    timeSeries: slots.map(({ timestamp, processed, failed }) => ({ timestamp, processed, failed })),
  };
}

function toStatusQueue(row: QueueRow): object {
  return {
    id: row.id,
    name: row.name,
    namespace: row.namespace || null,
    task: row.task || null,
    partitions: Number(row.partitions),
    totalConsumed: Number(row.completed) + Number(row.dead_letter),
  };
}
