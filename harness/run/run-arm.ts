import { runChecks } from '../checkers/run-checks.ts';
import { mergeVerdicts } from '../checkers/verdict.ts';
import { isMissing, type RunEvidence } from '../history/evidence.ts';
import { writeEvidence } from '../history/evidence-file.ts';
import type { LoadOutcome } from '../load/load-outcome.ts';
import { acknowledgedIn } from '../measure/acknowledged-in.ts';
import { requestTimeUs } from '../measure/request-time.ts';
import { runClock } from '../measure/run-clock.ts';
import { measuredSpans } from '../measure/spans.ts';
import { summarizeRun } from '../measure/summarize-run.ts';
import type { RunDatabase } from '../postgres/provider.ts';
import type { PlannedRun } from '../scenario/scenario.ts';
import { checksToMake } from './checks-to-make.ts';
import { watchCleartext } from './cleartext-watch.ts';
import { watchDatabase } from './database-watch.ts';
import { drive } from './drive.ts';
import { expectedBudgetOf } from './expected-budget-of.ts';
import { watchResources } from './resource-watch.ts';
import { runErrors } from './run-errors.ts';
import type { ArmContext, RunOrder } from './run-order.ts';
import type { RefusedRun, RunRecord } from './run-record.ts';
import { scanServerLog } from './scan-log.ts';
import { takeSystem } from './take-system.ts';
import type { Turn } from './turns.ts';
import { watchTotals } from './watch-totals.ts';
import { watchedSystem } from './watched-system.ts';

/** A run that was judged, with its database (if it is known) still there for a ceiling to be measured in, or a refusal. */
export interface ArmRun {
  readonly run: RunRecord | RefusedRun;
  readonly database: RunDatabase | undefined;
}

const SERIES_BUCKET_MS = 250;

/**
 * One run of one arm, from an empty database to a verdict; a run that takes turns does so with every step:
 *
 * 1. watch the database, and start the server (or take the target that was named) with what its faults need;
 * 2. drive it: producers, consumers and faults side by side, then heal, recover and drain;
 * 3. stop the server, and read what the database holds and the logs say;
 * 4. write the history down, and judge it.
 *
 * The caller disposes the database. Throws the signal's reason when interrupted, and what keeps a run from being made at
 * all; evidence that cannot be had is no error but Missing, and the check that needs it `unknown`.
 */
export async function runArm(
  planned: PlannedRun,
  index: number,
  context: ArmContext,
  turn?: Turn | undefined,
): Promise<ArmRun> {
  const { postgres } = context;
  await turn?.next();
  const runId = `r${process.pid.toString(36)}${index}`;
  const name = `queueproof_${runId}_${Date.now().toString(36)}`;
  const seed = context.seed + index;
  const watched = isMissing(postgres) ? postgres : { postgres, database: await postgres.createDatabase(name) };
  const database = isMissing(watched) ? undefined : watched.database;
  try {
    const run = await runOnDatabase({ planned, index, runId, name, seed, watched, turn, context });
    return { run, database };
  } catch (error) {
    await database?.[Symbol.asyncDispose]();
    throw error;
  }
}

async function runOnDatabase(order: RunOrder): Promise<RunRecord | RefusedRun> {
  const { planned, watched, index, context } = order;
  const { arm, round } = planned;
  const clock = runClock();
  await using watch = await watchDatabase(watched, clock);
  const endTotals = await watchTotals(order);
  showPhase(order, 'start');
  await using system = await takeSystem(order);
  if ('refused' in system) return { planned, refused: system.refused };
  const { target } = system;
  const names = checksToMake(arm, context.plan.scenario);
  await using cleartext = await watchCleartext(order, target);
  await using resources = watchResources(names, target.server, clock);

  await resources.readIdle();
  const { outcome, cpu, spent, faults, recovery, buffer, emptied, sight } = await drive(order, system);
  const activity = watch.activity();
  await resources.readIdle();
  showPhase(order, 'proof');
  await target.stop();
  const { ledger, repeats, badItems } = outcome;
  const seen = await watch.collect({ ledger, target, budget: expectedBudgetOf(order), signal: context.signal });
  const totals = await endTotals();
  const evidence: RunEvidence = {
    ...{ ledger, repeats, badItems, clock, faults, recovery, buffer },
    consumption: isMissing(emptied) ? emptied : emptied.consumption,
    promises: { partitions: arm.load.partitions, ...arm.queue, faults: arm.faults.map(({ kind }) => kind) },
    resources: await resources.stop(),
    cleartext: await cleartext.collect(),
    ...seen,
    serverLog: 'file' in target.log ? await scanServerLog(target.log.file) : target.log,
    lifecycle: target.lifecycle,
  };
  if (context.folder !== '') {
    await writeEvidence(context.folder, index, { arm: arm.name, round, checks: names, evidence });
  }
  const checks = runChecks(names, evidence);
  const verdict = mergeVerdicts(checks.map((check) => check.verdict));
  if (verdict === 'invalid') target.keep();
  return {
    ...{ planned, verdict, checks, cpu, faults },
    popAck: isMissing(emptied) ? undefined : emptied.popAck,
    summary: summarizeRun(outcome, SERIES_BUCKET_MS),
    startedUs: clock.monotonicUs,
    spending: {
      ...{ load: spent, totals, requestTimeUs: requestTimeUs(ledger) },
      cpuMessages: acknowledgedIn(ledger, cpu.spans),
    },
    measuredFromUs: outcome.measuredFromUs,
    measured: measuredSpans(outcome),
    saturation: outcome.saturation,
    errors: outcome.errors,
    errorReport: runErrors(
      evidence,
      { producers: outcome.errorTrace, consumers: isMissing(emptied) ? undefined : emptied.errors },
      loadTimes(outcome),
    ),
    samples: isMissing(seen.connections) ? [] : seen.connections.samples,
    loadEventLoopUtilization: outcome.eventLoopUtilization,
    system: watchedSystem({ round, sight, activity, slices: outcome.slices, ...loadTimes(outcome) }),
  };
}

/** What comes before the load and after the drain takes as long as it takes. */
function showPhase({ context }: RunOrder, phase: 'start' | 'proof'): void {
  context.progress.update({ phase, elapsedMs: 0, totalMs: 0, msgPerS: undefined, errors: 0 });
}

/** From the first send to the end of the measured window, on the monotonic clock. */
function loadTimes({ ledger, measuredFromUs, measuredToUs }: LoadOutcome) {
  return { loadedFromUs: ledger.requests === 0 ? measuredFromUs : ledger.invokedUs(0), measuredFromUs, measuredToUs };
}
