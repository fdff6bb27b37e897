import { join } from 'node:path';
import { runChecks } from '../checkers/run-checks.ts';
import { mergeVerdicts } from '../checkers/verdict.ts';
import type { Progress } from '../cli/progress.ts';
import { type ExpectedBudget, isMissing, type Missing, type RunEvidence } from '../history/evidence.ts';
import { writeEvidence } from '../history/evidence-file.ts';
import type { LoadOutcome } from '../load/load-outcome.ts';
import { runLoad } from '../load/run-load.ts';
import { summarizeRun } from '../measure/summarize-run.ts';
import type { RunDatabase, RunningPostgres } from '../postgres/provider.ts';
import type { Arm, CHECK_NAMES, PlannedRun, ScenarioPlan } from '../scenario/scenario.ts';
import { configureQueue } from '../target/configure-queue.ts';
import { budgetInAll, expectedBudget } from '../target/expected-budget.ts';
import { ServerRefused } from '../target/server-process.ts';
import { startServerUnderTest } from '../target/server-under-test.ts';
import type { TargetOrder } from '../target/target-order.ts';
import { foreignTarget, ownTarget, type TargetUnderTest } from '../target/target-under-test.ts';
import { attempt } from './attempt.ts';
import { CpuWatch } from './cpu-watch.ts';
import { type WatchedDatabase, watchDatabase } from './database-watch.ts';
import { type Emptied, emptyQueue } from './empty-queue.ts';
import type { CpuTimes, RefusedRun, RunRecord } from './run-record.ts';
import { scanServerLog } from './scan-log.ts';

/** What every run of a scenario needs. */
export interface ArmContext {
  readonly plan: ScenarioPlan;
  /** Missing when the database of a target is not known. */
  readonly postgres: RunningPostgres | Missing;
  /** The server to drive; undefined when one is started for every run. */
  readonly target: TargetOrder | undefined;
  /** Takes a sentence that the reader of the report has to know, beside what is judged. */
  readonly note: (text: string) => void;
  /** Report folder; the server's log of every run goes there. */
  readonly folder: string;
  /** Of everything left to chance. */
  readonly seed: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A run that was judged, with its database (if it is known) still there for a ceiling to be measured in, or a refusal. */
export interface ArmRun {
  readonly run: RunRecord | RefusedRun;
  readonly database: RunDatabase | undefined;
}
/** Made whatever the scenario asks for: without them there is no proof, and so no figure. */
const FIGURE_NEEDS = [
  'accounting',
  'statuses',
  'connections',
] as const satisfies readonly (typeof CHECK_NAMES)[number][];
const SERVER_START_TIMEOUT_MS = 60_000;
const SERIES_BUCKET_MS = 250;
/** Open requests get this long to be answered when the load is over. */
const LOAD_GRACE_MS = 15_000;
/**
 * One run of one arm, from an empty database to a verdict: start the server, load it, drain the queue, stop the server,
 * read what the database holds, judge. The caller disposes the database.
 *
 * @throws the signal's reason when interrupted, and what keeps a run from being made at all; evidence that cannot be had
 * is no error but Missing, and the check that needs it `unknown`.
 */
export async function runArm(planned: PlannedRun, index: number, context: ArmContext): Promise<ArmRun> {
  const { postgres } = context;
  const runId = `r${process.pid.toString(36)}${index}`;
  const name = `queueproof_${runId}_${Date.now().toString(36)}`;
  const watched = isMissing(postgres) ? postgres : { postgres, database: await postgres.createDatabase(name) };
  const database = isMissing(watched) ? undefined : watched.database;
  try {
    const run = await runOnDatabase({ planned, index, runId, name, watched, context });
    return { run, database };
  } catch (error) {
    await database?.[Symbol.asyncDispose]();
    throw error;
  }
}

interface RunOrder {
  readonly planned: PlannedRun;
  readonly index: number;
  readonly runId: string;
  /** That no other run has. */
  readonly name: string;
  readonly watched: WatchedDatabase | Missing;
  readonly context: ArmContext;
}

async function runOnDatabase(order: RunOrder): Promise<RunRecord | RefusedRun> {
  const { planned, watched, context } = order;
  await using watch = await watchDatabase(watched);
  await using target = await takeOrRefuse(order);
  if ('refused' in target) return { planned, refused: target.refused };

  const { outcome, cpu } = await load(order, target);
  const emptied = await attempt(() => empty(order, target, outcome), context.signal);
  await target.stop();
  const { ledger } = outcome;
  const seen = await watch.collect({ ledger, target, budget: budgetOf(order), signal: context.signal });
  const evidence: RunEvidence = {
    ledger,
    repeats: outcome.repeats,
    badItems: outcome.badItems,
    consumption: 'missing' in emptied ? emptied : emptied.consumption,
    promises: { partitions: planned.arm.load.partitions, ...planned.arm.queue },
    faults: [],
    deadLetters: { missing: 'not read yet' },
    ...seen,
    serverLog: 'file' in target.log ? await scanServerLog(target.log.file) : target.log,
    lifecycle: target.lifecycle,
  };
  const asked = checksOf(planned.arm, context.plan);
  const record = { arm: planned.arm.name, round: planned.round, checks: asked, evidence };
  if (context.folder !== '') await writeEvidence(context.folder, order.index, record);
  const checks = runChecks(asked, evidence);
  const verdict = mergeVerdicts(checks.map((check) => check.verdict));
  if (verdict === 'invalid') target.keep();
  return {
    planned,
    verdict,
    checks,
    popAck: 'missing' in emptied ? undefined : emptied.popAck,
    summary: summarizeRun(outcome, SERIES_BUCKET_MS),
    errors: outcome.errors,
    samples: 'missing' in seen.connections ? [] : seen.connections.samples,
    cpu,
    loadEventLoopUtilization: outcome.eventLoopUtilization,
  };
}

function budgetOf({ planned, context }: RunOrder): ExpectedBudget | Missing {
  const { target } = context;
  if (target === undefined) return expectedBudget(planned.arm.server.poolSize, planned.arm.server.poolMode);
  if (target.poolSize !== undefined) return budgetInAll(target.poolSize);
  return { missing: "nobody told the target's DB_POOL_SIZE (--target-pool-size)" };
}

function checksOf({ drain }: Arm, { scenario }: ScenarioPlan): readonly string[] {
  const needed = [...FIGURE_NEEDS, ...(drain.mode === 'ack' ? ['acks'] : [])];
  return [...new Set([...needed, ...scenario.checks])];
}

/** A refused start is an answer, not a failure of the run. */
async function takeOrRefuse({
  planned,
  index,
  name,
  watched,
  context,
}: RunOrder): Promise<TargetUnderTest | (Omit<RefusedRun, 'planned'> & AsyncDisposable)> {
  const { target, folder, note } = context;
  if (target !== undefined) return foreignTarget({ baseUrl: target.baseUrl, queue: name, onNote: note });
  if (isMissing(watched)) throw new Error(`a server cannot be started without a database: ${watched.missing}`);
  const logFile = join(folder, `server-${String(index).padStart(2, '0')}.log`);
  try {
    const startTimeoutMs = SERVER_START_TIMEOUT_MS;
    const database = watched.database.target;
    return ownTarget(await startServerUnderTest({ ...planned.arm.server, database, logFile, startTimeoutMs }), logFile);
  } catch (error) {
    if (!(error instanceof ServerRefused)) throw error;
    return { refused: error.reason, [Symbol.asyncDispose]: async () => undefined };
  }
}

async function load(
  { planned, index, runId, context }: RunOrder,
  target: TargetUnderTest,
): Promise<{ readonly outcome: LoadOutcome; readonly cpu: CpuTimes }> {
  const { load: armLoad } = planned.arm;
  await configureQueue(target.baseUrl, target.queue, planned.arm.queue);
  const postgresPid = isMissing(context.postgres) ? undefined : context.postgres.pid;
  const cpuWatch = new CpuWatch(target.server?.pid, postgresPid);
  if (armLoad.warmUpMs === 0) cpuWatch.begin();
  const outcome = await runLoad(
    {
      ...{ baseUrl: target.baseUrl, runId, queue: target.queue, load: armLoad, graceMs: LOAD_GRACE_MS },
      seed: context.seed + index,
      hasBothRoutes: planned.arm.server.poolMode === 'split',
      persistent: planned.arm.faults.length > 0,
    },
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

async function empty(
  { planned, context }: RunOrder,
  target: TargetUnderTest,
  { ledger }: LoadOutcome,
): Promise<Emptied> {
  const startedAtMs = performance.now();
  return await emptyQueue({
    baseUrl: target.baseUrl,
    queue: target.queue,
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
