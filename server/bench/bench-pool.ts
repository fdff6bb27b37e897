import { setTimeout as delay } from 'node:timers/promises';
import { decodeConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { AsyncDbPool } from '../pool/async-db-pool.ts';
import { sessionSettings } from '../pool/session-settings.ts';

const OPEN_LIMIT_MS = 10_000;

/**
 * A pool on the PostgreSQL that the server's own variables name (PG_HOST, PG_PORT, …), all its connections open.
 *
 * @throws Error when that does not answer; the pool itself would try for ever.
 */
export async function openBenchPool(size: number): Promise<AsyncDbPool> {
  const config = decodeConfig(process.env);
  const pool = new AsyncDbPool({
    address: config.database,
    settings: sessionSettings(config, 'async', 1),
    size,
    acquireTimeoutMs: config.acquireTimeoutMs,
    log: createLog('silent', 1),
    random: Math.random,
  });
  const tooLate = delay(OPEN_LIMIT_MS, 'too late', { ref: false });
  if ((await Promise.race([pool.ready(), tooLate])) !== 'too late') return pool;
  await pool.close(0);
  const { host, port } = config.database;
  throw new Error(`PostgreSQL at ${host}:${port} let the bench open no ${size} connections within ${OPEN_LIMIT_MS} ms`);
}
