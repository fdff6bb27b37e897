import { setTimeout as delay } from 'node:timers/promises';
import { ConnectionLostError, classifyFailure, errorCode } from '../sql/sqlstate.ts';
import type { PooledConnection } from './pooled-connection.ts';
import { type DatabaseAddress, destroySession, openSession, type SessionSettings } from './session.ts';

/** A database that is alive answers `select 1` far sooner, even one that is short of CPU. */
const PROBE_TIMEOUT_MS = 2_000;

const TOO_MANY_CONNECTIONS = '53300';

/** How long a statement may be without an answer before it is worth asking whether PostgreSQL is there at all. */
const SILENT_AFTER_MS = 2_000;

/**
 * Waits for a reply and, as long as it does not come, has the pool looked after every two seconds; see
 * `AsyncDbPool.cutIfSilent`. A push may wait for a row lock, but not for a PostgreSQL that hangs.
 *
 * @throws what the reply throws; ConnectionLostError when the connections were cut.
 */
export async function whileAlive<T>(pool: { cutIfSilent(): Promise<void> }, reply: Promise<T>): Promise<T> {
  const answered = Symbol('answered');
  const settled = reply.then(
    () => answered,
    () => answered,
  );
  for (;;) {
    const bound = new AbortController();
    const silence = delay(SILENT_AFTER_MS, undefined, { signal: bound.signal }).catch(() => undefined);
    const first = await Promise.race([settled, silence]);
    bound.abort();
    if (first === answered) return await reply;
    await Promise.race([settled, pool.cutIfSilent()]);
  }
}

/** Whether PostgreSQL answers: on this idle connection, which is given back, or, without one or when it is broken, on a new one. */
export async function answers(
  idle: PooledConnection | undefined,
  address: DatabaseAddress,
  settings: SessionSettings,
): Promise<boolean> {
  if (idle !== undefined) {
    try {
      await within(idle.query({ text: 'select 1' }), () => idle.destroy());
      return true;
    } catch (error) {
      if (error instanceof SilentError) return false;
      // A connection that broke says nothing about the others.
    } finally {
      await idle.release();
    }
  }
  return await letsIn(address, settings);
}

class SilentError extends ConnectionLostError {}

async function letsIn(address: DatabaseAddress, settings: SessionSettings): Promise<boolean> {
  const applicationName = settings.applicationName.replace(/^queueproof\/[a-z]+\//, 'queueproof/control/');
  try {
    const opening = openSession({ ...address, connectTimeoutMs: PROBE_TIMEOUT_MS }, { ...settings, applicationName });
    const client = await within(opening, () => void opening.then(destroySession, () => undefined));
    await client.end();
    return true;
  } catch (error) {
    // Being turned away for other reasons than an outage is an answer.
    return classifyFailure(error) !== 'outage' || errorCode(error) === TOO_MANY_CONNECTIONS;
  }
}

async function within<T>(work: Promise<T>, giveUp: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new SilentError('PostgreSQL did not answer in time.'));
      giveUp();
    }, PROBE_TIMEOUT_MS);
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}
