import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionTarget } from '../postgres/provider.ts';
import { startPostgres } from '../postgres/start-postgres.ts';
import { startServer } from '../target/server-process.ts';

const POSTGRES_IMAGE = 'postgres:18';
const START_TIMEOUT_MS = 45_000;
/** Two workers, so that what they must agree on is seen; a budget that leaves room in max_connections. */
const SERVER = Object.freeze({ workers: 2, poolSize: 40 });

/** The reference server on a PostgreSQL of its own. Disposing it stops both and removes what they left. */
export interface ReferenceTarget extends AsyncDisposable {
  readonly baseUrl: string;
  readonly database: ConnectionTarget;
  /** The primaries; their descendants belong to them. */
  readonly serverPid: number;
  readonly postgresPid: number | undefined;
}

/** @throws CommandError (unavailable) when PostgreSQL or the server cannot be started; nothing is left then. */
export async function startReferenceTarget(): Promise<ReferenceTarget> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'queueproof-conformance-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const options = { maxConnections: 100, settings: {}, image: POSTGRES_IMAGE, logFolder: folder };
  const postgres = undo.use(await startPostgres('embedded', options));
  const database = undo.use(await postgres.createDatabase('conformance'));
  const server = undo.use(
    await startServer({
      ...SERVER,
      database: database.target,
      logFile: join(folder, 'server.log'),
      startTimeoutMs: START_TIMEOUT_MS,
    }),
  );
  const all = undo.move();
  return {
    baseUrl: server.baseUrl,
    database: database.target,
    serverPid: server.pid,
    postgresPid: postgres.pid,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
