import type { FastifyInstance } from 'fastify';
import type { BufferLine } from '../buffer/buffer-line.ts';
import type { BufferStatus } from '../buffer/services.ts';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { setMaintenanceStatement } from '../sql/system-state.ts';
import { isObject } from './push-body.ts';
import { RequestError } from './request-error.ts';

const PATH = '/api/v1/system/maintenance';
const BYTES_PER_MB = 2 ** 20;
const MESSAGE_ON = 'Maintenance mode ENABLED. All PUSHes routing to file buffer.';
const MESSAGE_OFF = 'Maintenance mode DISABLED. Background processor will drain buffer to DB.';

/**
 * `GET|POST /api/v1/system/maintenance`: while it is on, pushes go to the file buffer. When the POST is answered, every worker
 * of this server acts by it; other servers on the database follow within a second. 503 when PostgreSQL is away, which keeps
 * the state.
 */
export function registerMaintenance(app: FastifyInstance, line: BufferLine, pool: AsyncDbPool): void {
  app.get(PATH, async () => {
    const status = await line.status();
    return { maintenanceMode: status.maintenance, ...describe(status), bufferStats: statistics(status, pool) };
  });
  app.post(PATH, async (request) => {
    if (request.body === undefined) throw new RequestError('Empty request body', { statusCode: 400 });
    const { enabled } = isObject(request.body) ? request.body : {};
    if (typeof enabled !== 'boolean') throw new RequestError('enabled (boolean) is required', { statusCode: 400 });
    const { rows } = await pool.query<{ version: string }>(setMaintenanceStatement(enabled), { signal: pool.outage });
    await line.maintenanceChanged({ enabled, version: Number(rows[0]?.version) });
    return { maintenanceMode: enabled, ...describe(await line.status()), message: enabled ? MESSAGE_ON : MESSAGE_OFF };
  });
}

/** `GET /api/v1/status/buffers`: counts of the whole server; `dbHealthy` is this worker's own view. */
export function registerBufferStatus(app: FastifyInstance, line: BufferLine, pool: AsyncDbPool, worker: number): void {
  app.get('/api/v1/status/buffers', async () => {
    const { pending, failed } = await line.status();
    return { pending, failed, dbHealthy: !pool.outage.aborted, worker };
  });
}

function describe({ pending, healthy }: BufferStatus) {
  return { bufferedMessages: pending, bufferHealthy: healthy };
}

function statistics({ pending, failed, failedFiles, failedBytes }: BufferStatus, pool: AsyncDbPool) {
  return {
    pendingCount: pending,
    failedCount: failed,
    dbHealthy: !pool.outage.aborted,
    failedFiles: {
      count: failedFiles,
      totalBytes: failedBytes,
      totalMB: failedBytes / BYTES_PER_MB,
      failoverCount: failedFiles,
      // There is no other kind of buffered message here.
      qos0Count: 0,
    },
  };
}
