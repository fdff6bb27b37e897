import { workerData } from 'node:worker_threads';
import { createLog } from '../log.ts';
import { AsyncDbPool } from '../pool/async-db-pool.ts';
import type { PushItem } from '../queue/message.ts';
import { PayloadCipher } from '../queue/payload-cipher.ts';
import { UuidV7Generator } from '../queue/uuid-v7.ts';
import { classifyFailure } from '../sql/sqlstate.ts';
import { type LegacyPushOptions, pushLegacy } from './legacy-push.ts';
import type { LegacyAnswer, LegacyThreadData } from './legacy-thread-pool.ts';

const data = workerData as LegacyThreadData;
const log = createLog(data.logLevel, data.worker);
// A pool of one is the thread's own connection, with the same care: never left dirty, replaced when it breaks.
const pool = new AsyncDbPool({
  address: data.address,
  settings: data.settings,
  size: 1,
  acquireTimeoutMs: data.acquireTimeoutMs,
  log,
  random: Math.random,
});
await pool.ready();
Atomics.add(data.connected, 0, 1);
Atomics.notify(data.connected, 0);
const options: LegacyPushOptions = {
  pool,
  ids: new UuidV7Generator(Date.now),
  limits: data.batchLimits,
  cipher: data.encryptionKey === undefined ? undefined : new PayloadCipher(data.encryptionKey),
  staleTimeoutMs: data.acquireTimeoutMs,
};

/** One task: pushes the items of one request on this thread's connection. */
export async function pushTask(items: readonly PushItem[]): Promise<LegacyAnswer> {
  try {
    return { kind: 'results', results: await pushLegacy(options, items) };
  } catch (error) {
    log.error({ err: error }, 'legacy push failed');
    return { kind: classifyFailure(error) === 'outage' ? 'outage' : 'error', message: String(error) };
  }
}

/** Task that closes the thread's connection; the thread is not used afterwards. */
export async function closeTask(): Promise<void> {
  await pool.close(data.acquireTimeoutMs);
}
