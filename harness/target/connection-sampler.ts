import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { ConnectionSample, SampleGap } from '../history/connection-samples.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import type { ConnectionTarget } from '../postgres/provider.ts';
import type { ActivitySample } from './session-activity.ts';

/** A look that takes longer than this is a failure: the sampler would otherwise hang with the database. */
const QUERY_LIMIT_MS = 5000;

/** From a look that failed to the next one. */
const RECONNECT_PAUSE_MS = 100;

/** How often {@link countServerSessions} looks while it waits for backends to end. */
const RECOUNT_INTERVAL_MS = 25;

/**
 * One row whatever happens. `state = 'starting'` (PostgreSQL 18) is a session that has not told its name yet: it fills a
 * slot, so it is in the total, but it is nobody's. The run's database is made for the run: whoever else is in it was let
 * in by the server, whatever name he goes by. Sessions `idle in transaction` are counted for the server only, and
 * only in the run's own database: another server on the same cluster is foreign. What the server's sessions do and wait
 * for is told along with the counts: the same look serves the checks and the charts.
 */
const SAMPLE_SQL = `
  WITH session AS MATERIALIZED (
    SELECT state, state_change, wait_event_type, wait_event,
           CASE WHEN application_name = 'queueproof-harness' THEN application_name
                WHEN datname = $1 AND state <> 'starting'
                THEN coalesce(substring(application_name FROM '^queueproof/(async|regular|control)(/|$)'), 'unnamed')
           END AS owner
      FROM pg_stat_activity
     WHERE backend_type = 'client backend')
  SELECT count(*)::int AS total,
         count(*) FILTER (WHERE owner = 'queueproof-harness')::int AS harness,
         count(*) FILTER (WHERE owner = 'async')::int AS async,
         count(*) FILTER (WHERE owner = 'regular')::int AS regular,
         count(*) FILTER (WHERE owner = 'control')::int AS control,
         count(*) FILTER (WHERE owner = 'unnamed')::int AS unnamed,
         count(*) FILTER (WHERE owner IS NULL AND state IS DISTINCT FROM 'starting')::int AS "foreign",
         count(*) FILTER (WHERE state = 'active')::int AS active,
         count(*) FILTER (WHERE idle_in_transaction)::int AS "idleInTransaction",
         count(*) FILTER (WHERE idle_aborted)::int AS "idleInTransactionAborted",
         coalesce(max(idle_ms) FILTER (WHERE idle_in_transaction OR idle_aborted), 0)::float8
           AS "longestIdleInTransactionMs",
         (SELECT coalesce(json_agg(alike), '[]')
            FROM (SELECT state, wait_event_type AS "waitType", wait_event AS "waitEvent", count(*)::int AS sessions
                    FROM session WHERE owner <> 'queueproof-harness' GROUP BY 1, 2, 3) AS alike) AS groups
    FROM (SELECT owner, state,
                 owner <> 'queueproof-harness' AND state = 'idle in transaction' AS idle_in_transaction,
                 owner <> 'queueproof-harness' AND state = 'idle in transaction (aborted)' AS idle_aborted,
                 greatest(extract(epoch FROM clock_timestamp() - state_change) * 1000, 0) AS idle_ms
            FROM session) AS judged`;

const SERVER_SESSIONS_SQL = `
  SELECT count(*)::int AS sessions
    FROM pg_stat_activity
   WHERE datname = $1 AND backend_type = 'client backend' AND application_name <> 'queueproof-harness'`;

export interface SamplerOptions {
  /** From the start of one look to the start of the next; a look that takes longer delays the next, never overlaps it. */
  readonly intervalMs: number;
  /** The run's own database. */
  readonly databaseName: string;
  /** The start of the run on the monotonic clock. */
  readonly startedUs: number;
}

/** What was seen, and when nobody could look; both in order of time. */
export interface ConnectionSeries {
  readonly samples: readonly ConnectionSample[];
  readonly gaps: readonly SampleGap[];
}

/**
 * Looks at `pg_stat_activity` until it is stopped, over one connection of its own that is part of what it sees. A look that
 * fails begins a gap; the connection is opened anew until a look succeeds. Disposing it stops it.
 */
export class ConnectionSampler implements AsyncDisposable {
  readonly #admin: ConnectionTarget;
  readonly #options: SamplerOptions;
  readonly #samples: ConnectionSample[] = [];
  readonly #activity: ActivitySample[] = [];
  readonly #gaps: SampleGap[] = [];
  readonly #stopping = new AbortController();
  #client: Client;
  #gap: Omit<SampleGap, 'toMs'> | undefined;
  readonly #finished: Promise<void>;

  /** For {@link startConnectionSampler}; the client is connected, and the sampler closes it. */
  constructor(client: Client, admin: ConnectionTarget, options: SamplerOptions) {
    this.#client = client;
    this.#admin = admin;
    this.#options = options;
    this.#finished = this.#sampleUntilStopped();
  }

  /** What was seen so far; a gap that is open ends now. */
  get series(): ConnectionSeries {
    const gaps = this.#gap === undefined ? this.#gaps : [...this.#gaps, { ...this.#gap, toMs: this.#now() }];
    return { samples: [...this.#samples], gaps: [...gaps] };
  }

  /** What the server's sessions did, at the times of the samples of {@link series}. */
  get activity(): readonly ActivitySample[] {
    return [...this.#activity];
  }

  /** Ends the sampling after the look in progress, closes the connection and returns {@link series}; never rejects. */
  async stop(): Promise<ConnectionSeries> {
    this.#stopping.abort();
    await this.#finished;
    return this.series;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #sampleUntilStopped(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const startedMs = this.#now();
      const isSeen = await this.#lookOrReconnect(startedMs);
      const restMs = isSeen ? this.#options.intervalMs - (this.#now() - startedMs) : RECONNECT_PAUSE_MS;
      // Cut short by stop().
      await sleep(Math.max(restMs, 0), undefined, { signal }).catch(() => undefined);
    }
    // What was seen is whole by now, whether or not the goodbye arrives.
    await this.#client.end().catch(() => undefined);
  }

  /** Whether a look succeeded. After a failure the next look finds a new connection, if one can be had. */
  async #lookOrReconnect(startedMs: number): Promise<boolean> {
    try {
      const { groups, ...sample } = await this.#look(startedMs);
      if (this.#gap !== undefined) this.#gaps.push({ ...this.#gap, toMs: startedMs });
      this.#gap = undefined;
      this.#samples.push(sample);
      this.#activity.push({ atMs: startedMs, groups });
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#gap ??= { fromMs: startedMs, reason: `pg_stat_activity could not be sampled: ${reason}` };
    }
    // A socket that is silent would say no goodbye either; nobody waits for it.
    this.#client.end().catch(() => undefined);
    this.#client = newClient(this.#admin);
    // Where this fails, the look will fail too, and say why.
    await this.#client.connect().catch(() => undefined);
    return false;
  }

  async #look(startedMs: number): Promise<ConnectionSample & Pick<ActivitySample, 'groups'>> {
    const { rows } = await this.#client.query<Omit<ConnectionSample, 'atMs'> & Pick<ActivitySample, 'groups'>>({
      name: 'connection-sample',
      text: SAMPLE_SQL,
      values: [this.#options.databaseName],
    });
    const [row] = rows;
    if (row === undefined) throw new Error('pg_stat_activity was counted into no row');
    return { atMs: startedMs, ...row };
  }

  #now(): number {
    return (monotonicUs() - this.#options.startedUs) / 1000;
  }
}

/** Connects and starts to sample. Throws what the driver throws when the connection cannot be had. */
export async function startConnectionSampler(
  admin: ConnectionTarget,
  options: SamplerOptions,
): Promise<ConnectionSampler> {
  const client = newClient(admin);
  await client.connect();
  return new ConnectionSampler(client, admin, options);
}

function newClient(admin: ConnectionTarget): Client {
  const client = new Client({
    ...admin,
    application_name: 'queueproof-harness',
    connectionTimeoutMillis: QUERY_LIMIT_MS,
    query_timeout: QUERY_LIMIT_MS,
  });
  // A connection that breaks between two looks is found out by the next one.
  client.on('error', () => undefined);
  return client;
}

/**
 * How many of the server's sessions are still open in the database. A backend needs a moment to see that its client has
 * gone, so the count is repeated until it is 0 or `settleMs` is over. Throws what the driver throws.
 */
export function countServerSessions(
  admin: ConnectionTarget,
  databaseName: string,
  settleMs: number = 2000,
): Promise<number> {
  return withAdminSession(admin, async (client) => {
    const deadlineMs = performance.now() + settleMs;
    for (;;) {
      const { rows } = await client.query<{ sessions: number }>(SERVER_SESSIONS_SQL, [databaseName]);
      const [row] = rows;
      if (row === undefined) throw new Error('pg_stat_activity was counted into no row');
      if (row.sessions === 0 || performance.now() >= deadlineMs) return row.sessions;
      await sleep(RECOUNT_INTERVAL_MS);
    }
  });
}
