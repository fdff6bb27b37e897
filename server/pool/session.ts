import pg from 'pg';
import { ConnectionLostError, errorCode } from '../sql/sqlstate.ts';

/** How to reach PostgreSQL. The password is not enumerable in pg's client and must not be logged. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly tls: boolean;
  readonly tlsVerify: boolean;
  readonly connectTimeoutMs: number;
}

/** Settings that hold on every connection of a pool, and on every replacement. 0 switches a time-out off. */
export interface SessionSettings {
  readonly applicationName: string;
  readonly schema: string;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
}

/** Asked of a socket whose peer is silent, so that a cut cable is noticed although nothing is sent. */
const KEEP_ALIVE_DELAY_MS = 10_000;
/** How much longer than the statement time-out a reply may take before the connection counts as dead. */
const REPLY_GRACE_MS = 5_000;

/**
 * Every statement of the server goes along an index to a few neighbouring rows, but PostgreSQL's statistics of a queue are
 * always out of date. Left alone it collected and sorted the whole backlog of a partition to find the next hundred
 * messages: 2.2 ms a pop behind 2,500 messages, against 0.9 ms along the index.
 */
const PLANNER_SETTINGS = Object.freeze({ enable_bitmapscan: 'off', random_page_cost: '1.1' });

/**
 * Set by statement rather than by start-up option: connection poolers such as PgBouncer refuse unknown options. The
 * application name is an option they know; it is there from the first moment, so no session is ever a stranger.
 */
const APPLY_SETTINGS = `
  select set_config('search_path', $1, false),
         set_config('statement_timeout', $2, false),
         set_config('lock_timeout', $3, false),
         set_config('idle_in_transaction_session_timeout', $4, false),
         ${Object.entries(PLANNER_SETTINGS)
           .map(([name, value]) => `set_config('${name}', '${value}', false)`)
           .join(', ')}`;

/**
 * Opens one connection with all session settings applied.
 *
 * @throws whatever pg throws; the socket is closed then.
 */
export async function openSession(address: DatabaseAddress, settings: SessionSettings): Promise<pg.Client> {
  const client = new pg.Client({
    host: address.host,
    port: address.port,
    database: address.database,
    user: address.user,
    password: address.password,
    application_name: settings.applicationName,
    ssl: address.tls ? { rejectUnauthorized: address.tlsVerify } : false,
    connectionTimeoutMillis: address.connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
  });
  // Without a listener an error between two statements would end the process; the pool adds its own. An error that came in
  // one packet with the last reply is already behind us when the pool listens.
  let lost: Error | undefined;
  let timer: NodeJS.Timeout | undefined;
  client.on('error', (error) => {
    lost = error;
  });
  try {
    await client.connect();
    // pg's own time-out ends with the start-up; a PostgreSQL that stops answering here would be waited for without end.
    if (address.connectTimeoutMs > 0) timer = setTimeout(() => destroySession(client), address.connectTimeoutMs);
    await client.query(APPLY_SETTINGS, [
      `${pg.escapeIdentifier(settings.schema)}, public`,
      `${settings.statementTimeoutMs}ms`,
      `${settings.lockTimeoutMs}ms`,
      `${settings.idleInTransactionTimeoutMs}ms`,
    ]);
    if (lost !== undefined) throw lost;
    return client;
  } catch (error) {
    destroySession(client);
    // pg's own time-outs and lost sockets carry no code.
    if (errorCode(error) !== undefined) throw error;
    throw new ConnectionLostError(error instanceof Error ? error.message : String(error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Longest wait for the reply to one statement; undefined when statements may take for ever. */
export function replyTimeoutMs(settings: SessionSettings): number | undefined {
  return settings.statementTimeoutMs === 0 ? undefined : settings.statementTimeoutMs + REPLY_GRACE_MS;
}

/** Cuts the socket at once: for connections that do not answer any more. */
export function destroySession(client: pg.Client): void {
  client.connection.stream.destroy(new ConnectionLostError('The connection was discarded.'));
}
