import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { withAdminSession } from '../postgres/admin-session.ts';
import type { ConnectionTarget } from '../postgres/provider.ts';

const CONNECT_LIMIT_MS = 5_000;
/** How long a fault waits for a lock that the server's own statements hold. */
const LOCK_LIMIT_MS = 10_000;
/** A server that is paused or cut off does not say goodbye. */
const GOODBYE_LIMIT_MS = 1_000;
const GONE_LIMIT_MS = 30_000;
const POLL_INTERVAL_MS = 25;

/** No time-out of the server's configuration may end a session before its fault is healed. */
const NO_TIMEOUTS = `
  SELECT set_config(name, '0', false)
    FROM pg_settings
   WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout')`;

const IDENTITY = `
  SELECT pid, backend_start::text AS "startedAt" FROM pg_stat_activity WHERE pid = pg_backend_pid()`;

/** A number alone does not do: PostgreSQL in a container counts from the beginning when it is started again. */
const STILL_THERE = `
  SELECT pid
    FROM unnest($1::int[], $2::text[]) AS ours (pid, started_at)
    JOIN pg_stat_activity USING (pid)
   WHERE backend_start::text = started_at`;

interface Identity {
  readonly pid: number;
  readonly startedAt: string;
}

/** Name of the sessions that count as the harness's own. */
const HARNESS_NAME = 'queueproof-harness';

/** A session of a fault, from outside the server under test. */
export class OutsideSession {
  readonly #target: ConnectionTarget;
  readonly #client: Client;
  readonly #socket: Socket;
  #identity: Identity | undefined;
  #cut = false;

  private constructor(target: ConnectionTarget, applicationName: string) {
    this.#target = target;
    this.#socket = new Socket();
    this.#client = new Client({
      ...target,
      application_name: applicationName,
      connectionTimeoutMillis: CONNECT_LIMIT_MS,
      lock_timeout: LOCK_LIMIT_MS,
      stream: () => this.#socket,
    });
    // PostgreSQL may go away, as a fault or with one: the next statement tells.
    this.#client.on('error', () => undefined);
    this.#client.once('end', () => {
      this.#cut = true;
    });
  }

  /** Opens a session in which nothing times out but waiting for a lock. Throws what the driver throws. */
  static async open(target: ConnectionTarget, applicationName: string = HARNESS_NAME): Promise<OutsideSession> {
    const session = new OutsideSession(target, applicationName);
    try {
      await session.#client.connect();
      const [identity] = await session.query<Identity>(IDENTITY);
      session.#identity = identity;
      await session.query(NO_TIMEOUTS);
      return session;
    } catch (error) {
      session.#socket.destroy();
      throw error;
    }
  }

  get pid(): number {
    return this.identity.pid;
  }

  get identity(): Identity {
    if (this.#identity === undefined) throw new Error('a session has no identity before it is open');
    return this.#identity;
  }

  /** Whether PostgreSQL or the network has ended it. */
  get isCut(): boolean {
    return this.#cut;
  }

  /** Rows of a statement. */
  async query<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return (await this.#client.query<Row>(sql, [...values])).rows;
  }

  /** Ends it and all it holds; resolves when PostgreSQL is seen to have no such session. Throws an Error after 30 s. */
  async close(): Promise<void> {
    await this.hangUp();
    await untilGone(this.#target, [this]);
  }

  /** Ends our side of it, and leaves it to PostgreSQL to find out. */
  async hangUp(): Promise<void> {
    const goodbye = this.#client.end().catch(() => undefined);
    const timer = new AbortController();
    await Promise.race([goodbye, delay(GOODBYE_LIMIT_MS, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
    this.#socket.destroy();
  }
}

/** Waits until PostgreSQL is seen to have none of the sessions. Throws an Error when it still has after 30 s. */
export async function untilGone(target: ConnectionTarget, sessions: readonly OutsideSession[]): Promise<void> {
  const deadline = performance.now() + GONE_LIMIT_MS;
  for (;;) {
    const obstacle = await whatIsLeft(target, sessions);
    if (obstacle === undefined) return;
    if (performance.now() > deadline) {
      throw new Error(`sessions were not seen to end within ${GONE_LIMIT_MS / 1000} s: ${obstacle}`);
    }
    await delay(POLL_INTERVAL_MS);
  }
}

async function whatIsLeft(target: ConnectionTarget, sessions: readonly OutsideSession[]): Promise<string | undefined> {
  const pids = sessions.map(({ pid }) => pid);
  const starts = sessions.map(({ identity }) => identity.startedAt);
  try {
    const { rows } = await withAdminSession(target, (client) =>
      client.query<{ pid: number }>(STILL_THERE, [pids, starts]),
    );
    return rows.length === 0 ? undefined : `PostgreSQL still shows ${rows.map(({ pid }) => pid).join(', ')}`;
  } catch (error) {
    // Where nobody listens, nobody has sessions; whatever else keeps us from looking may pass.
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? undefined : (error as Error).message;
  }
}
