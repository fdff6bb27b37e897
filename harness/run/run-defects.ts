import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import type { Progress } from '../cli/progress.ts';
import { ALL_BEHAVIOURS } from '../conformance/all-behaviours.ts';
import { judgeTarget } from '../conformance/judge-target.ts';
import type { RunningPostgres } from '../postgres/provider.ts';
import { startPostgres } from '../postgres/start-postgres.ts';
import type { DefectsResult, TrialResult } from '../report/defects-result.ts';
import { formatDuration } from '../report/figure-format.ts';
import { writeDefectsReports } from '../report/write-defects-reports.ts';
import { type DefectsPlan, NO_DEFECT, type Trial } from '../scenario/plan-defects.ts';
import type { Scenario, ScenarioPlan } from '../scenario/scenario.ts';
import { ServerRefused } from '../target/running-server.ts';
import { startServerUnderTest } from '../target/server-under-test.ts';
import { defectsVerdict } from './defects-verdict.ts';
import { describeEnvironment } from './environment.ts';
import { judgeTrial, type TrialFinding } from './judge-trial.ts';
import { openReport, pointLatestTo } from './open-report.ts';
import { runArm } from './run-arm.ts';
import { isMeasured } from './run-record.ts';

export interface DefectsOrder {
  readonly plan: DefectsPlan;
  /** Folder that holds all reports. */
  readonly reportsRoot: string;
  readonly seed: number;
  /** The command line, for the report; without secrets. */
  readonly command: string;
  /** --postgres: takes the place of what the scenarios say. */
  readonly postgres: string | undefined;
  readonly progress: Progress;
  /** Aborting it ends the run early, with a report of what was finished. */
  readonly signal: AbortSignal;
}

/** The server the conformance suite is held against; as `npm run conformance` starts it. */
const CONFORMANCE_SERVER = Object.freeze({ workers: 2, poolSize: 40, startTimeoutMs: 45_000 });
const REQUEST_TIMEOUT_MS = 10_000;

/** The good server is done within 10 s; a broken one that never is would take minutes to be judged the same. */
const PATIENCE_MS = 20_000;

/**
 * The life of a run of defects:
 *
 * 1. make the report folder and write down what will be run;
 * 2. start one PostgreSQL for all;
 * 3. try the good server and every broken variant, each on a fresh database, and see what the checks find;
 * 4. stop PostgreSQL;
 * 5. decide whether every defect was caught by what is meant for it, and the good server accused by nothing;
 * 6. write the reports and point `latest` to them.
 *
 * @throws CommandError when something needed is not available; nothing is left running then.
 */
export async function runDefects(
  order: DefectsOrder,
): Promise<{ readonly result: DefectsResult; readonly folder: string }> {
  const { plan, reportsRoot, progress, seed, command, signal } = order;
  const startedAt = new Date();
  const settings = postgresOf(order);
  const folder = await openReport(reportsRoot, plan.name, startedAt, { file: 'defects.yaml', text: plan.text });

  progress.phase('starting PostgreSQL');
  const { provider, ...options } = settings;
  const trials: TrialResult[] = [];
  let environment: DefectsResult['environment'];
  {
    await using postgres = await startPostgres(provider, { ...options, logFolder: folder });
    environment = await describeEnvironment(postgres, undefined);
    for (const trial of plan.trials) {
      if (signal.aborted) break;
      const made = await tryOne(trial, {
        ...{ postgres, progress, signal, seed },
        folder: join(folder, folderName(trial, trials.length)),
      });
      if (made === undefined) break;
      trials.push(made);
    }
  }

  const result: DefectsResult = {
    schemaVersion: 1,
    scenario: plan.name,
    question: plan.question,
    ...defectsVerdict(trials, plan.trials.length),
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    seed,
    command,
    environment,
    trials,
  };
  await writeDefectsReports(folder, result);
  await pointLatestTo(reportsRoot, folder, progress);
  return { result, folder };
}

/** One PostgreSQL serves all, so the scenarios must ask for the same. */
function postgresOf({ plan, postgres }: DefectsOrder): Scenario['postgres'] {
  const plans = plan.trials.flatMap(({ workload }) => (workload.kind === 'scenario' ? [workload.plan] : []));
  const [first, ...others] = plans.map(({ scenario }) => scenario.postgres);
  if (others.some((other) => JSON.stringify(other) !== JSON.stringify(first))) {
    throw new CommandError(
      EXIT_CODE.usage,
      `${plan.file}: one PostgreSQL serves all defects, got scenarios that differ in postgres.`,
      {
        hint: 'npm run scenario -- defects --only <names> tries some of them',
      },
    );
  }
  return first ?? { provider: postgres ?? 'auto', maxConnections: 100, image: 'postgres:18', settings: {} };
}

function folderName({ defect }: Trial, index: number): string {
  return `${String(index + 1).padStart(2, '0')}-${defect}`;
}

interface TrialContext {
  readonly postgres: RunningPostgres;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly seed: number;
  /** The trial's own, for logs. */
  readonly folder: string;
}

/** Undefined when it was interrupted. A variant may be too broken to be tried: that is no catch. */
async function tryOne(trial: Trial, context: TrialContext): Promise<TrialResult | undefined> {
  const { progress, signal, folder } = context;
  const { defect, workload, caughtBy } = trial;
  const title = `${defect === NO_DEFECT ? 'the good server' : defect} (${workload.title})`;
  const startedAtMs = performance.now();
  progress.phase(title);
  await mkdir(folder);
  let judged: ReturnType<typeof judgeTrial>;
  try {
    const findings =
      workload.kind === 'scenario'
        ? await scenarioFindings(workload.plan, context)
        : await conformanceFindings(defect, workload.behaviours, context);
    judged = judgeTrial(trial, findings);
  } catch (error) {
    judged = {
      verdict: defect === NO_DEFECT ? 'unknown' : 'missed',
      witness: `it could not be tried: ${error instanceof Error ? error.message : String(error)}`,
      alsoCaughtBy: [],
    };
  }
  if (signal.aborted) return undefined;
  const durationMs = Math.round(performance.now() - startedAtMs);
  const line = `${title}: ${judged.verdict}, in ${formatDuration(durationMs)}`;
  if (judged.verdict === 'caught' || judged.verdict === 'clean') progress.done(line);
  else progress.fail(`${line}: ${judged.witness}`);
  return { defect, workload: workload.title, caughtBy: caughtBy ?? null, ...judged, durationMs };
}

async function scenarioFindings(plan: ScenarioPlan, context: TrialContext): Promise<readonly TrialFinding[]> {
  const findings: TrialFinding[] = [];
  const armContext = { ...context, plan, target: undefined, patienceMs: PATIENCE_MS, note: () => undefined };
  for (const [index, planned] of plan.runs.entries()) {
    context.signal.throwIfAborted();
    context.progress.arm(planned, index + 1, plan.runs.length);
    const { run, database } = await runArm(planned, index + 1, armContext);
    await database?.[Symbol.asyncDispose]();
    if (!isMeasured(run)) throw new ServerRefused(run.refused);
    for (const { name, verdict, summary, witness } of run.checks) {
      findings.push({ name, verdict, witness: verdict === 'invalid' ? (witness[0] ?? summary) : summary });
    }
  }
  return findings;
}

async function conformanceFindings(
  defect: string,
  ids: readonly string[],
  { postgres, signal, folder }: TrialContext,
): Promise<readonly TrialFinding[]> {
  const name = `queueproof_conformance_${Date.now().toString(36)}`;
  await using database = await postgres.createDatabase(name);
  const logFile = join(folder, 'server.log');
  await using server = await startServerUnderTest({
    ...CONFORMANCE_SERVER,
    defect,
    database: database.target,
    logFile,
  });
  const outcomes = await judgeTarget(
    { baseUrl: server.baseUrl, token: undefined, requestTimeoutMs: REQUEST_TIMEOUT_MS },
    ALL_BEHAVIOURS.filter(({ id }) => ids.includes(id)),
    { prefix: 'defects', signal, onOutcome: () => undefined },
  );
  return outcomes.map((outcome) => {
    const { id, verdict } = outcome;
    if (verdict === 'valid') return { name: id, verdict, witness: outcome.text };
    if (verdict !== 'violated') return { name: id, verdict: 'unknown', witness: outcome.reason };
    return { name: id, verdict: 'invalid', witness: `expected ${outcome.expected}, came ${outcome.came}` };
  });
}
