import { randomBytes } from 'node:crypto';
import { mkdir, statfs } from 'node:fs/promises';
import path from 'node:path';
import { ClusterWatchdog } from './cluster-watchdog.ts';
import { prepareEmbeddedBinaries } from './embedded-binaries.ts';
import { startCluster } from './embedded-cluster.ts';
import { initialiseCluster, SUPERUSER } from './initialise-cluster.ts';
import { sweepOrphans } from './orphan-sweep.ts';
import type { ConnectionTarget, PostgresOptions, RunningPostgres } from './provider.ts';
import { createRunDatabase } from './run-database.ts';
import { createRunFolder, removeRunFolder } from './run-folder.ts';
import { readServerFacts, requireMaxConnections } from './server-facts.ts';
import { serverSettings } from './server-settings.ts';
import { findServerUser } from './server-user.ts';
import { openStatementStatistics, statementSettings } from './statement-statistics.ts';

const TMPFS_MAGIC = 0x01021994;

/**
 * Starts PostgreSQL from npm packages on a free port of 127.0.0.1, with a random password and a data folder of its
 * own; log in `<logFolder>/postgres.log`. Sweeps first what crashed processes left behind.
 * When our process ends without disposing, a watchdog stops the server and removes the data.
 * Throws CommandError (unavailable) when this machine cannot run it.
 */
export async function startEmbedded(options: PostgresOptions, reason: string): Promise<RunningPostgres> {
  const user = await findServerUser();
  await sweepOrphans(user);
  const logFile = path.join(options.logFolder, 'postgres.log');
  await mkdir(options.logFolder, { recursive: true });

  await using undo = new AsyncDisposableStack();
  const runFolder = await createRunFolder(user);
  undo.use(new ClusterWatchdog(runFolder));
  undo.defer(() => removeRunFolder(runFolder));
  const binaries = await prepareEmbeddedBinaries(runFolder, user);
  const plan = {
    binaries,
    runFolder,
    user,
    password: randomBytes(18).toString('base64url'),
    logFile,
    settings: { ...(await statementSettings(binaries.postgres)), ...serverSettings(options) },
  };
  await initialiseCluster(plan);
  const cluster = undo.use(await startCluster(plan));
  const admin: ConnectionTarget = {
    host: '127.0.0.1',
    port: cluster.port,
    user: SUPERUSER,
    password: plan.password,
    database: 'postgres',
  };
  await openStatementStatistics(admin);
  const facts = await readServerFacts(admin);
  requireMaxConnections(facts, options.maxConnections, "remove max_connections from the scenario's postgres settings");
  const cleanUp = undo.move();
  return {
    provider: 'embedded',
    reason: (await isOnTmpfs(runFolder)) ? `${reason}; its data are on a tmpfs, where fsync costs nothing` : reason,
    ...facts,
    admin,
    log: { file: logFile },
    get pid() {
      return cluster.pid;
    },
    control: cluster,
    createDatabase: (name) => createRunDatabase(admin, name),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

async function isOnTmpfs(folder: string): Promise<boolean> {
  return process.platform === 'linux' && (await statfs(folder)).type === TMPFS_MAGIC;
}
