import { join } from 'node:path';
import { sendsPushesToBuffer } from '../checkers/excuses.ts';
import { runChecks } from '../checkers/run-checks.ts';
import { mergeVerdicts } from '../checkers/verdict.ts';
import type { Progress } from '../cli/progress.ts';
import type { ConnectionEvidence, Missing, RunEvidence } from '../history/evidence.ts';
import type { LoadOutcome } from '../load/load-outcome.ts';
import { runLoad } from '../load/run-load.ts';
import { runClock } from '../measure/run-clock.ts';
import { summarizeRun } from '../measure/summarize-run.ts';
import type { RunDatabase, RunningPostgres } from '../postgres/provider.ts';
import type { Arm, CHECK_NAMES, PlannedRun, ScenarioPlan } from '../scenario/scenario.ts';
import { awaitEmptyBuffer } from '../target/buffer-status.ts';
import { configureQueue } from '../target/configure-queue.ts';
import { type ConnectionSampler, countServerSessions, startConnectionSampler } from '../target/connection-sampler.ts';
import { countersBetween, readDatabaseCounters } from '../target/database-counters.ts';
import { readDeadLetters } from '../target/dead-letters.ts';
import { expectedBudget } from '../target/expected-budget.ts';
import { type RunningServer, ServerRefused, startServer } from '../target/server-process.ts';
import { readStoredRows } from '../target/stored-rows.ts';
import { CpuWatch } from './cpu-watch.ts';
import { type Emptied, emptyQueue } from './empty-queue.ts';
import type { CpuTimes, RefusedRun, RunRecord } from './run-record.ts';
import { logEnd, scanPostgresLog, scanServerLog } from './scan-log.ts';

/** What every run of a scenario needs. */
export interface ArmContext {
  readonly plan: ScenarioPlan;
  readonly postgres: RunningPostgres;
  /** Report folder; the server's log of every run goes there. */
  readonly folder: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A run that was judged, with its database still there for a ceiling to be measured in, or a refusal. */
export interface ArmRun {
  readonly run: RunRecord | RefusedRun;
  readonly database: RunDatabase;
}

export const SERVER_SCHEMA = 'queen';
/** Made whatever the scenario asks for: without them there is no proof, and so no figure. */
const FIGURE_NEEDS = [
  'accounting',
  'statuses',
  'connections',
] as const satisfies readonly (typeof CHECK_NAMES)[number][];
const QUEUE = 'queueproof';
const SERVER_START_TIMEOUT_MS = 60_000;
const SAMPLE_INTERVAL_MS = 100;
const SERIES_BUCKET_MS = 250;
/** Open requests get this long to be answered when the load is over. */
const LOAD_GRACE_MS = 15_000;
/** The server gets this long to store what it has buffered before the queue is drained. */
const BUFFER_LIMIT_MS = 30_000;
/**
 * One run of one arm, from an empty database to a verdict: start the server, load it, drain the queue, stop the server,
 * read what the database holds, judge. The caller disposes the database.
 *
 * @throws the signal's reason when interrupted, and what keeps a run from being made at all; evidence that cannot be had
 * is no error but Missing, and the check that needs it `unknown`.
 */
export async function runArm(planned: PlannedRun, index: number, context: ArmContext): Promise<ArmRun> {
  const runId = `r${process.pid.toString(36)}${index}`;
  const database = await context.postgres.createDatabase(`queueproof_${runId}_${Date.now().toString(36)}`);
  try {
    const run = await runOnDatabase({ planned, index, runId, database, context });
    return { run, database };
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

interface RunOrder {
  readonly planned: PlannedRun;
  readonly index: number;
  readonly runId: string;
  readonly database: RunDatabase;
  readonly context: ArmContext;
}

async function runOnDatabase(order: RunOrder): Promise<RunRecord | RefusedRun> {
  const { planned, index, database, context } = order;
  const { plan, postgres, folder } = context;
  const logFile = join(folder, `server-${String(index).padStart(2, '0')}.log`);
  const postgresLogStart = 'file' in postgres.log ? await logEnd(postgres.log.file) : 0;
  const countersBefore = await attempt(() => readDatabaseCounters(postgres.admin, database.name));
  const clock = runClock();
  await using sampler = await startConnectionSampler(postgres.admin, {
    intervalMs: SAMPLE_INTERVAL_MS,
    databaseName: database.name,
    startedUs: clock.monotonicUs,
  });
  await using server = await startOrRefuse(order, logFile);
  if ('refused' in server) return { planned, refused: server.refused };

  const { outcome, cpu } = await load(order, server);
  const buffer = await attempt(
    () => awaitEmptyBuffer(server.baseUrl, { deadlineMs: BUFFER_LIMIT_MS, signal: context.signal }),
    context.signal,
  );
  const emptied = await attempt(() => empty(order, server, outcome), context.signal);
  await server.stop();
  const leftAfterExit = await attempt(() => countServerSessions(postgres.admin, database.name));
  const connections = await connectionEvidence(sampler, order, leftAfterExit);
  const countersAfter = await attempt(() => readDatabaseCounters(postgres.admin, database.name));
  const evidence: RunEvidence = {
    ledger: outcome.ledger,
    repeats: outcome.repeats,
    consumption: { missing: 'not recorded yet' },
    promises: {
      partitions: planned.arm.load.partitions,
      ...planned.arm.queue,
      faults: planned.arm.faults.map(({ kind }) => kind),
    },
    clock,
    faults: [],
    deliveries: 'missing' in emptied ? emptied : emptied.deliveries,
    acks: 'missing' in emptied ? emptied : emptied.acks,
    rows: await attempt(() => readStoredRows(database.target, outcome.ledger, SERVER_SCHEMA), context.signal),
    deadLetters: await attempt(() => readDeadLetters(database.target, outcome.ledger, SERVER_SCHEMA), context.signal),
    buffer,
    connections,
    serverLog: await scanServerLog(logFile),
    postgresLog:
      'file' in postgres.log
        ? await scanPostgresLog(postgres.log.file, { fromOffset: postgresLogStart })
        : postgres.log,
    databaseCounters:
      'missing' in countersBefore
        ? countersBefore
        : 'missing' in countersAfter
          ? countersAfter
          : countersBetween(countersBefore, countersAfter),
    lifecycle: server.lifecycle,
  };
  const checks = runChecks(checksOf(planned.arm, plan), evidence);
  return {
    planned,
    verdict: mergeVerdicts(checks.map(({ verdict }) => verdict)),
    checks,
    popAck: 'missing' in emptied ? undefined : emptied.popAck,
    summary: summarizeRun(outcome, SERIES_BUCKET_MS),
    errors: outcome.errors,
    samples: connections.samples,
    cpu,
    loadEventLoopUtilization: outcome.eventLoopUtilization,
  };
}

function checksOf({ drain, faults }: Arm, { scenario }: ScenarioPlan): readonly string[] {
  const needed = [
    ...FIGURE_NEEDS,
    ...(drain.mode === 'ack' ? ['acks'] : []),
    ...(faults.length > 0 ? ['faults'] : []),
    ...(faults.some(({ kind }) => sendsPushesToBuffer(kind)) ? ['failover'] : []),
  ];
  return [...new Set([...needed, ...scenario.checks])];
}

/** A refused start is an answer, not a failure of the run. */
async function startOrRefuse(
  { planned, database }: RunOrder,
  logFile: string,
): Promise<RunningServer | (Omit<RefusedRun, 'planned'> & AsyncDisposable)> {
  try {
    const startTimeoutMs = SERVER_START_TIMEOUT_MS;
    return await startServer({ ...planned.arm.server, database: database.target, logFile, startTimeoutMs });
  } catch (error) {
    if (!(error instanceof ServerRefused)) throw error;
    return { refused: error.reason, [Symbol.asyncDispose]: async () => undefined };
  }
}

async function load(
  { planned, runId, context }: RunOrder,
  server: RunningServer,
): Promise<{ readonly outcome: LoadOutcome; readonly cpu: CpuTimes }> {
  const { load: armLoad } = planned.arm;
  await configureQueue(server.baseUrl, QUEUE);
  const cpuWatch = new CpuWatch(server.pid, context.postgres.pid);
  if (armLoad.warmUpMs === 0) cpuWatch.begin();
  const outcome = await runLoad(
    { baseUrl: server.baseUrl, runId, queue: QUEUE, load: armLoad, graceMs: LOAD_GRACE_MS },
    ({ phase, elapsedMs, acknowledged, errors }) => {
      if (phase === 'measure') cpuWatch.begin();
      context.progress.update({
        phase,
        elapsedMs,
        totalMs: armLoad.messages === undefined ? armLoad.warmUpMs + armLoad.durationMs : 0,
        msgPerS: elapsedMs > 0 ? (acknowledged * 1000) / elapsedMs : 0,
        errors,
      });
    },
    context.signal,
  );
  return { outcome, cpu: await cpuWatch.end(outcome.cpuUs) };
}

async function empty({ planned, context }: RunOrder, server: RunningServer, { ledger }: LoadOutcome): Promise<Emptied> {
  const startedAtMs = performance.now();
  return await emptyQueue({
    baseUrl: server.baseUrl,
    queue: QUEUE,
    ledger,
    arm: planned.arm,
    signal: context.signal,
    onProgress: () =>
      context.progress.update({
        phase: 'drain',
        elapsedMs: performance.now() - startedAtMs,
        totalMs: 0,
        msgPerS: undefined,
        errors: 0,
      }),
  });
}

async function connectionEvidence(
  sampler: ConnectionSampler,
  { planned, context }: RunOrder,
  leftAfterExit: number | Missing,
): Promise<ConnectionEvidence> {
  return {
    ...(await sampler.stop()),
    sampleIntervalMs: SAMPLE_INTERVAL_MS,
    maxConnections: context.postgres.maxConnections,
    budget: expectedBudget(planned.arm.server.poolSize, planned.arm.server.poolMode),
    leftAfterExit,
  };
}

/** Evidence, or the reason why it could not be had; only an interruption goes through. */
async function attempt<T>(collect: () => Promise<T>, signal?: AbortSignal): Promise<T | Missing> {
  try {
    return await collect();
  } catch (error) {
    signal?.throwIfAborted();
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}
