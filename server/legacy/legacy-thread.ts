import { BroadcastChannel, workerData } from 'node:worker_threads';
import { createLog } from '../log.ts';
import { AsyncDbPool } from '../pool/async-db-pool.ts';
import { OutageSignal } from '../pool/outage-signal.ts';
import { PayloadCipher } from '../queue/payload-cipher.ts';
import { ConnectionLostError, classifyFailure } from '../sql/sqlstate.ts';
import { type LegacyGroup, type LegacyPushOptions, pushLegacy } from './legacy-push.ts';
import type { LegacyAnswer, LegacyNews, LegacyThreadData } from './legacy-thread-pool.ts';

const RECONNECT_LAST_PAUSE_MS = 2_000;

const data = workerData as LegacyThreadData;
const log = createLog(data.logLevel, data.worker);
/** As the worker's own pool sees it: what one thread sees of its one connection is no judgement. */
const outage = new OutageSignal(0);
let databaseBack = Promise.withResolvers<void>();
// A pool of one is the thread's own connection, with the same care: never left dirty, replaced when it breaks.
const pool = new AsyncDbPool({
  address: data.address,
  settings: data.settings,
  size: 1,
  acquireTimeoutMs: data.acquireTimeoutMs,
  log,
  random: Math.random,
  // Dozens of threads must not all knock at a PostgreSQL that is away; the worker's pool does, and tells.
  reconnectPauseMs: RECONNECT_LAST_PAUSE_MS,
  retryEarly: () => databaseBack.promise,
});
const channel = new BroadcastChannel(data.channel);
channel.onmessage = (event: unknown) => hear((event as { readonly data: LegacyNews }).data);
channel.unref();

await pool.ready();
Atomics.add(data.connected, 0, 1);
Atomics.notify(data.connected, 0);
const options: LegacyPushOptions = {
  pool,
  limits: data.batchLimits,
  cipher: data.encryptionKey === undefined ? undefined : new PayloadCipher(data.encryptionKey),
  staleTimeoutMs: data.acquireTimeoutMs,
};

function hear(news: LegacyNews): void {
  if (news === 'cut') pool.cutAll();
  if (news === 'away') outage.begin(new ConnectionLostError('PostgreSQL cannot be reached.'));
  if (news !== 'back') return;
  outage.end();
  databaseBack.resolve();
  databaseBack = Promise.withResolvers();
}

/** One task: pushes the messages of one request on this thread's connection. */
export async function pushTask(groups: readonly LegacyGroup[]): Promise<LegacyAnswer> {
  try {
    return { kind: 'outcomes', outcomes: await pushLegacy(options, groups, outage.signal) };
  } catch (error) {
    log.error({ err: error }, 'legacy push failed');
    return { kind: classifyFailure(error) === 'outage' ? 'outage' : 'error', message: String(error) };
  }
}

/** Task that closes the thread's connection; the thread is not used afterwards. */
export async function closeTask(): Promise<void> {
  channel.close();
  await pool.close(data.acquireTimeoutMs);
}
