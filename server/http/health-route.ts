import type { FastifyInstance } from 'fastify';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';

/** A health probe that waits longer than this for a connection is told that the database is away. */
const PROBE_TIMEOUT_MS = 1_000;

/** `GET /health`: tries what a push needs, a statement on the async pool; 503 when that does not work. */
export function registerHealth(app: FastifyInstance, pool: AsyncDbPool, worker: number): void {
  app.get('/health', async (_request, reply) => {
    const connected = await isConnected(pool);
    return reply.code(connected ? 200 : 503).send({
      status: connected ? 'healthy' : 'unhealthy',
      database: connected ? 'connected' : 'disconnected',
      server: 'queueproof reference server',
      worker_id: worker,
      version: '1.0.0',
      pool: pool.statistics(),
    });
  });
}

async function isConnected(pool: AsyncDbPool): Promise<boolean> {
  try {
    await pool.query({ text: 'select 1 from queues limit 1' }, { timeoutMs: PROBE_TIMEOUT_MS });
    return true;
  } catch {
    // The probe's answer is the whole point; the pool logs why connections fail.
    return false;
  }
}
