import type { FastifyInstance } from 'fastify';
import { queryByLookUp } from '../observe/query-by-look-up.ts';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { type GroupPlaceRow, listGroupPlacesStatement } from '../sql/consumer-groups.ts';

/** Places of groups in partitions that one reply tells of. */
const MAX_PLACES = 20_000;
/** A group with messages to get that nobody has asked for so long counts as dead. */
const DEAD_AFTER_MS = 300_000;

/** `GET /api/v1/consumer-groups`: every group with its lag, by queue and partition. */
export function registerConsumerGroups(app: FastifyInstance, pool: AsyncDbPool): void {
  app.get('/api/v1/consumer-groups', async () => {
    const { rows } = await queryByLookUp<GroupPlaceRow>(pool, listGroupPlacesStatement(MAX_PLACES));
    const now = Date.now();
    return [...Map.groupBy(rows, (row) => row.consumer_group)].map(([name, places]) => toGroup(name, places, now));
  });
}

function toGroup(name: string, places: readonly GroupPlaceRow[], now: number): object {
  const totalLag = places.reduce((sum, { lag }) => sum + Number(lag), 0);
  const lastPop = Math.max(...places.map(({ last_popped_at }) => last_popped_at?.getTime() ?? 0));
  const byQueue = [...Map.groupBy(places, ({ queue }) => queue)];
  return {
    name,
    topics: byQueue.map(([queue]) => queue),
    members: places.length,
    totalLag,
    maxTimeLag: Math.round(places.reduce((max, { lag_s }) => Math.max(max, lag_s), 0)),
    state: totalLag === 0 ? 'Stable' : now - lastPop > DEAD_AFTER_MS ? 'Dead' : 'Lagging',
    // From entries: a queue may be called __proto__.
    queues: Object.fromEntries(byQueue.map(([queue, inQueue]) => [queue, { partitions: inQueue.map(toPlace) }])),
  };
}

function toPlace(row: GroupPlaceRow): object {
  return {
    partition: row.partition,
    workerId: row.lease_active ? row.lease_id : null,
    lastConsumedAt: row.last_popped_at,
    totalConsumed: Number(row.cursor_seq),
    offsetLag: Number(row.lag),
    timeLagSeconds: Math.round(row.lag_s),
    leaseActive: row.lease_active,
  };
}
