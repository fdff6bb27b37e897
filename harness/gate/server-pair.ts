import { join } from 'node:path';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import type { RunClock } from '../history/run-clock.ts';
import { runClock } from '../measure/run-clock.ts';
import type { RunningPostgres } from '../postgres/provider.ts';
import { type DatabaseWatch, type WatchedDatabase, watchDatabase } from '../run/database-watch.ts';
import type { Arm } from '../scenario/scenario.ts';
import { configureQueue } from '../target/configure-queue.ts';
import { ServerRefused } from '../target/running-server.ts';
import type { ServerLaunch } from '../target/server-launch.ts';
import { type ServerUnderTest, startServerUnderTest } from '../target/server-under-test.ts';
import { ownTarget, type TargetUnderTest } from '../target/target-under-test.ts';
import type { Side } from './slice-order.ts';

/** One of the two servers of a block, with its own database. Disposing it stops it and drops the database. */
export interface BlockServer extends AsyncDisposable {
  readonly side: Side;
  readonly arm: Arm;
  readonly runId: string;
  readonly clock: RunClock;
  readonly watch: DatabaseWatch;
  readonly watched: WatchedDatabase;
  readonly target: TargetUnderTest;
  readonly server: ServerUnderTest;
}

export interface BlockServerOrder {
  readonly side: Side;
  readonly arm: Arm;
  /** Main file of the version. */
  readonly program: string;
  readonly launch?: ServerLaunch | undefined;
  readonly postgres: RunningPostgres;
  /** Of the report; the server's log goes there. */
  readonly folder: string;
  /** That no other server of the gate has; fit for file names. */
  readonly name: string;
  readonly runId: string;
}

const START_TIMEOUT_MS = 60_000;

/**
 * Starts one version on a database of its own, watched from before, with its queue made. Throws a CommandError when it does
 * not start: unavailable, with its own words.
 */
export async function startBlockServer(order: BlockServerOrder): Promise<BlockServer> {
  const { side, arm, postgres, folder, name, runId } = order;
  await using undo = new AsyncDisposableStack();
  const database = undo.use(await postgres.createDatabase(`queueproof_${runId}_${Date.now().toString(36)}`));
  const watched: WatchedDatabase = { postgres, database };
  const clock = runClock();
  const watch = undo.use(await watchDatabase(watched, clock));
  const logFile = join(folder, `${name}.log`);
  const { databaseLatencyMs: _, defect: __, ...settings } = arm.server;
  const server = undo.use(
    await startServerUnderTest({
      ...settings,
      mainFile: order.program,
      database: database.target,
      logFile,
      startTimeoutMs: START_TIMEOUT_MS,
      ...(order.launch === undefined ? {} : { launch: order.launch }),
    }).catch((error: unknown) => {
      throw refusalOf(side, error);
    }),
  );
  const target = undo.use(ownTarget({ server, logFile, clientsUrl: server.baseUrl }));
  await configureQueue(target.baseUrl, target.queue, arm.queue);
  const cleanUp = undo.move();
  return {
    ...{ side, arm, runId, clock, watch, watched, target, server },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

function refusalOf(side: Side, error: unknown): unknown {
  if (!(error instanceof ServerRefused)) return error;
  return new CommandError(EXIT_CODE.unavailable, `the ${side} did not start: ${error.reason}`, {
    hint: 'both servers share one PostgreSQL: --set server.poolSize=40 leaves room for two on 100 connections',
    cause: error,
  });
}
