import { setTimeout as delay } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import type { ConnectionTarget } from '../postgres/provider.ts';

/** What becomes of a new connection: it can be used, somebody says no, or nobody says anything. */
export type PostgresAnswer = 'answers' | 'refuses' | 'is silent';

const SILENCE_MS = 300;
const RETRY_MS = 25;
/** SQLSTATE of a server that is starting, recovering or shutting down. */
const CANNOT_CONNECT_NOW = '57P03';

/** Tries to connect; a server that does not answer within `silenceMs` is silent. */
export async function askPostgres(target: ConnectionTarget, silenceMs: number = SILENCE_MS): Promise<PostgresAnswer> {
  const client = new Client({
    ...target,
    application_name: 'queueproof-harness',
    connectionTimeoutMillis: silenceMs,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return 'answers';
  } catch (error) {
    // One that has no slot left answers, too.
    if (error instanceof DatabaseError) return error.code === CANNOT_CONNECT_NOW ? 'refuses' : 'answers';
    return /timeout/.test((error as Error).message) ? 'is silent' : 'refuses';
  }
}

/** Waits until PostgreSQL answers again. Throws an Error when it does not within `limitMs`. */
export async function untilPostgresAnswers(target: ConnectionTarget, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const answer = await askPostgres(target, Math.max(1, deadline - performance.now()));
    if (answer === 'answers') return;
    if (performance.now() > deadline)
      throw new Error(`PostgreSQL ${answer} ${limitMs / 1000} s after it was to be back`);
    await delay(RETRY_MS);
  }
}
