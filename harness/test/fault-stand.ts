import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FaultOrder, FaultTargets, InjectedFault, ServerControl } from '../faults/fault.ts';
import { FAULT_INJECTORS } from '../faults/fault-kinds.ts';
import type { FaultKind } from '../history/fault-record.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import { startEmbedded } from '../postgres/embedded.ts';
import type { RunDatabase, RunningPostgres } from '../postgres/provider.ts';
import { configureQueue } from '../target/configure-queue.ts';
import type { RunningServer } from '../target/running-server.ts';
import { startServer } from '../target/server-process.ts';
import { SERVER_SCHEMA } from '../target/target-under-test.ts';
import { PUSH_PATH } from '../target/wire.ts';

const QUEUE = 'faulted';

/** A PostgreSQL of its own with a real server on it, for faults to be done to. Disposing it ends both. */
export interface FaultStand extends AsyncDisposable {
  readonly postgres: RunningPostgres;
  readonly database: RunDatabase;
  readonly server: RunningServer;
  /** What its faults are done to. */
  readonly targets: FaultTargets;
  /** Does a fault as the schedule would; `more` is what its plan says, `elsewhere` what it is done to instead. */
  inject(kind: FaultKind, more?: Partial<FaultOrder>, elsewhere?: Partial<FaultTargets>): Promise<InjectedFault>;
  /** Pushes one message; resolves with the status the server gave it. */
  push(transactionId: string, partition?: string): Promise<unknown>;
  /** Rows of a statement in the run's database, over a session of its own. */
  query(sql: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
}

/** Starts a stand whose server has made its tables, its queue and, beside the usual one, the partitions 0…2. */
export async function startFaultStand(): Promise<FaultStand> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'queueproof-test-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  // The account that PostgreSQL runs as must be able to pass.
  await chmod(folder, 0o755);
  const postgres = undo.use(
    await startEmbedded(
      { maxConnections: 100, settings: {}, image: 'postgres:18', logFolder: folder },
      'embedded: a test of faults',
    ),
  );
  const database = undo.use(await postgres.createDatabase('faulted'));
  const server = undo.use(
    await startServer({
      workers: 2,
      poolSize: 20,
      database: database.target,
      logFile: join(folder, 'server.log'),
      startTimeoutMs: 45_000,
    }),
  );
  await configureQueue(server.baseUrl, QUEUE, { leaseMs: 60_000, retryLimit: 100, encrypted: false });
  const targets: FaultTargets = {
    postgres,
    database: database.target,
    schema: SERVER_SCHEMA,
    // None of these faults touches the server by its process.
    server: server as unknown as ServerControl,
    links: { database: undefined, clients: undefined },
    bufferDisk: { fill: async () => 0, free: async () => undefined },
    random: Math.random,
  };
  const stand: Omit<FaultStand, typeof Symbol.asyncDispose> = {
    postgres,
    database,
    server,
    targets,
    inject: (kind, more, elsewhere) =>
      FAULT_INJECTORS[kind](
        { ...targets, ...elsewhere },
        {
          kind,
          count: undefined,
          between: 'database',
          bytesPerS: undefined,
          delayMs: undefined,
          ...more,
        },
      ),
    push: (transactionId, partition = '0') => push(server.baseUrl, transactionId, partition),
    query: (sql, values = []) =>
      withAdminSession(database.target, async (client) => (await client.query(sql, [...values])).rows),
  };
  for (const partition of ['0', '1', '2']) await stand.push(`first of ${partition}`, partition);
  const cleanUp = undo.move();
  return { ...stand, [Symbol.asyncDispose]: () => cleanUp.disposeAsync() };
}

async function push(baseUrl: string, transactionId: string, partition: string): Promise<unknown> {
  const response = await fetch(new URL(PUSH_PATH.push, baseUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ items: [{ queue: QUEUE, partition, transactionId, payload: {} }] }),
  });
  const [item] = (await response.json()) as readonly { readonly status?: unknown }[];
  return item?.status;
}
