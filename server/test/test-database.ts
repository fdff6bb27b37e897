import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, inject, vi } from 'vitest';
import type { DatabaseAddress } from '../pool/session.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser connection of the PostgreSQL all integration tests share. */
    postgres: {
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly password: string;
      readonly database: string;
    };
  }
}

/** Bound on waiting for something that must happen soon; only a broken product ever waits that long. */
export const SOON = Object.freeze({ timeout: 10_000, interval: 10 });

/** A session of the server under test, as PostgreSQL sees it. */
interface SessionRow {
  readonly pid: number;
  readonly application_name: string;
  readonly state: string;
  readonly wait_event_type: string | null;
  readonly query: string;
}

/** A database of its own for one test file, on the shared PostgreSQL. */
export interface TestDatabase {
  readonly name: string;
  readonly address: DatabaseAddress;
  /** Superuser session in this database; its application_name is not the server's. */
  readonly admin: pg.Client;
  /** Another superuser session in this database; ended with the scope that declares it `await using`. */
  openSession(): Promise<SideSession>;
  /** Sessions of the server under test, by pid. */
  sessions(): Promise<readonly SessionRow[]>;
  /** Ends sessions of the server under test at PostgreSQL, all of them or one, and waits until they are gone. */
  terminate(pid?: number): Promise<void>;
  /** Takes the database away: ends the server's sessions and lets no new ones in, until it is disposed. */
  takeAway(): Promise<AsyncDisposable>;
}

/** A session of the test itself, to hold locks beside the server. */
interface SideSession extends AsyncDisposable {
  readonly client: pg.Client;
}

/**
 * Makes a database for the test file that calls it and drops it afterwards. No session of the server under test may be
 * left after each test (`each`), or, where one server runs for the whole file, after the last (`end`).
 */
export function useTestDatabase(leakCheck: 'each' | 'end'): TestDatabase {
  const name = `server_test_${randomBytes(6).toString('hex')}`;
  const target = inject('postgres');
  const connect = async (database: string): Promise<pg.Client> => {
    const client = new pg.Client({ ...target, database, application_name: 'server-test' });
    // A forced drop ends sessions a failed test has left open.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  let maintenance: pg.Client;
  let admin: pg.Client;

  const sessions = async (): Promise<readonly SessionRow[]> => {
    const { rows } = await maintenance.query<SessionRow>(
      `select pid, application_name, state, wait_event_type, query from pg_stat_activity
       where datname = $1 and application_name like 'queueproof/%' order by pid`,
      [name],
    );
    return rows;
  };
  const terminate = async (pid?: number): Promise<void> => {
    const doomed = pid === undefined ? (await sessions()).map((session) => session.pid) : [pid];
    await maintenance.query('select pg_terminate_backend(pid) from unnest($1::int[]) as t (pid)', [doomed]);
    await vi.waitFor(async () => {
      const left = (await sessions()).filter((session) => doomed.includes(session.pid));
      expect(left).toEqual([]);
    }, SOON);
  };
  const bringBack = async (): Promise<void> => {
    await maintenance.query(`alter database ${name} allow_connections true`);
  };
  // A backend outlives its socket by moments.
  const expectNoSessions = (): Promise<void> => vi.waitFor(async () => expect(await sessions()).toEqual([]), SOON);

  beforeAll(async () => {
    maintenance = await connect(target.database);
    await maintenance.query(`create database ${name}`);
    admin = await connect(name);
  });
  if (leakCheck === 'each') {
    afterEach(async () => {
      // A test that failed half-way may have left it away; those after it are not to blame.
      await bringBack();
      await expectNoSessions();
    });
  }
  afterAll(async () => {
    try {
      await expectNoSessions();
    } finally {
      await admin.end();
      await maintenance.query(`drop database ${name} with (force)`);
      await maintenance.end();
    }
  });

  const { host, port, user, password } = target;
  return {
    name,
    address: { host, port, user, password, database: name, tls: false, tlsVerify: true, connectTimeoutMs: 5_000 },
    get admin() {
      return admin;
    },
    openSession: async () => {
      const client = await connect(name);
      return { client, [Symbol.asyncDispose]: () => client.end() };
    },
    sessions,
    terminate,
    takeAway: async () => {
      await maintenance.query(`alter database ${name} allow_connections false`);
      await terminate();
      return { [Symbol.asyncDispose]: bringBack };
    },
  };
}
