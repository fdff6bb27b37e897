import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import type { Progress } from '../cli/progress.ts';
import type { RunningPostgres } from '../postgres/provider.ts';
import { startPostgres } from '../postgres/start-postgres.ts';
import { formatDuration } from '../report/figure-format.ts';
import { createReportFolder, pointLatest } from '../report/report-folder.ts';
import type { CheckRecord, Result } from '../report/result.ts';
import { writeReports } from '../report/write-reports.ts';
import type { PlannedRun, ScenarioPlan } from '../scenario/scenario.ts';
import { answerOf } from './answer.ts';
import { CeilingRounds } from './ceiling-rounds.ts';
import { describeEnvironment } from './environment.ts';
import { evaluateExpectations } from './expectations.ts';
import { resultVerdict } from './result-verdict.ts';
import { routeRatios } from './route-ratios.ts';
import { type ArmContext, runArm } from './run-arm.ts';
import { isMeasured, type RefusedRun, type RunRecord } from './run-record.ts';
import { summarizeArm } from './summarize-arm.ts';

export interface ScenarioOrder {
  readonly plan: ScenarioPlan;
  /** Folder that holds all reports. */
  readonly reportsRoot: string;
  readonly seed: number;
  /** The command line, for the report; without secrets. */
  readonly command: string;
  readonly progress: Progress;
  /** Aborting it ends the scenario early, with a report of what was finished. */
  readonly signal: AbortSignal;
}

export interface ScenarioOutcome {
  readonly result: Result;
  readonly folder: string;
}

/**
 * The life of a scenario:
 *
 * 1. make the report folder and write down what will be run;
 * 2. start PostgreSQL and prove its max_connections;
 * 3. run every arm in every round, interleaved, each on a fresh database and a fresh server, and judge it;
 * 4. once a round and shape of load, measure what plain SQL reaches in the same tables;
 * 5. stop PostgreSQL;
 * 6. put rounds together, compare arms, hold the expectations against them, and decide;
 * 7. write the reports and point `latest` to them.
 *
 * @throws CommandError when something needed is not available; nothing is left running then.
 */
export async function runScenario(order: ScenarioOrder): Promise<ScenarioOutcome> {
  const { plan, progress, reportsRoot } = order;
  const startedAt = new Date();
  refuseVariedPostgres(plan);

  const { folder } = await createReportFolder(reportsRoot, plan.name, startedAt);
  await writeFile(join(folder, 'scenario.yaml'), plan.resolvedYaml);

  progress.phase('starting PostgreSQL');
  const { provider, ...options } = plan.scenario.postgres;
  const ceilings = new CeilingRounds(order.seed);
  let runs: readonly (RunRecord | RefusedRun)[];
  let environment: Result['environment'];
  {
    await using postgres = await startPostgres(provider, { ...options, logFolder: folder });
    environment = await describeEnvironment(postgres);
    progress.done(`${firstWords(postgres.version)}, max_connections=${postgres.maxConnections} (${postgres.reason})`);
    runs = await runAll(order, postgres, folder, ceilings);
  }

  const result = assemble(order, { runs, ceilings, environment, startedAt });
  await writeReports(folder, result);
  await pointLatest(reportsRoot, folder);
  return { result, folder };
}

/** One PostgreSQL serves all arms of a scenario, so that they can be compared. */
function refuseVariedPostgres(plan: ScenarioPlan): void {
  const [first, ...others] = plan.arms;
  const varied = others.some((arm) => JSON.stringify(arm.postgres) !== JSON.stringify(first?.postgres));
  if (!varied) return;
  throw new CommandError(
    EXIT_CODE.usage,
    `${plan.file}: the matrix varies postgres, but one PostgreSQL serves all arms.`,
    {
      hint: 'Run the scenario once for every setting: npm run scenario -- <name> --set postgres.settings.<name>=<value>',
    },
  );
}

async function runAll(
  { plan, progress, signal }: ScenarioOrder,
  postgres: RunningPostgres,
  folder: string,
  ceilings: CeilingRounds,
): Promise<readonly (RunRecord | RefusedRun)[]> {
  const context: ArmContext = { plan, postgres, folder, progress, signal };
  const runs: (RunRecord | RefusedRun)[] = [];
  try {
    for (const [index, planned] of plan.runs.entries()) {
      signal.throwIfAborted();
      runs.push(await runOne(planned, index + 1, context, ceilings));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return runs;
}

async function runOne(
  planned: PlannedRun,
  index: number,
  context: ArmContext,
  ceilings: CeilingRounds,
): Promise<RunRecord | RefusedRun> {
  const { plan, progress, signal } = context;
  const startedAtMs = performance.now();
  progress.arm(planned, index, plan.runs.length);
  const armRun = await runArm(planned, index, context);
  await using database = armRun.database;
  const { run } = armRun;
  const title = `${planned.arm.name}, round ${planned.round}`;
  const took = formatDuration(performance.now() - startedAtMs);
  if (!isMeasured(run)) {
    progress.done(`${title}: refused to start`);
    return run;
  }
  if (run.verdict === 'valid') {
    progress.done(`${title}: ${run.summary.acknowledgedMessages.toLocaleString('en')} messages proved in ${took}`);
    if (plan.scenario.ceiling && ceilings.needs(planned)) {
      progress.phase('measuring what plain SQL reaches in the same tables');
      await ceilings.measure(planned, database, signal);
    }
  } else {
    database.keep();
    const found = run.checks.find(({ verdict }) => verdict === run.verdict);
    progress.fail(`${title}: ${run.verdict}: ${found?.name}: ${found?.summary}`);
  }
  return run;
}

interface Gathered {
  readonly runs: readonly (RunRecord | RefusedRun)[];
  readonly ceilings: CeilingRounds;
  readonly environment: Result['environment'];
  readonly startedAt: Date;
}

function assemble({ plan, seed, command, signal }: ScenarioOrder, gathered: Gathered): Result {
  const { runs, ceilings, environment, startedAt } = gathered;
  const summaryContext = {
    ceilings,
    maxConnections: environment.maxConnections,
    cores: os.availableParallelism(),
    seed,
  };
  const arms = plan.arms.map((arm) =>
    summarizeArm(
      arm,
      runs.filter(({ planned }) => planned.arm.name === arm.name),
      summaryContext,
    ),
  );
  const ratios = routeRatios(plan.arms, arms, seed);
  const checks = runs.filter(isMeasured).flatMap(checkRecords);
  const expectations = evaluateExpectations(plan, arms, ratios, checks);
  const { verdict, exitCode, reasons } = resultVerdict(plan.scenario, arms, checks, expectations, signal.aborted);
  return {
    schemaVersion: 1,
    scenario: plan.name,
    question: plan.scenario.question,
    answer: answerOf(verdict, arms, ratios),
    verdict,
    exitCode,
    reasons: [...reasons],
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    seed,
    command,
    environment,
    arms,
    ceilings: ceilings.records(),
    ratios,
    checks,
    expectations,
  };
}

function checkRecords({ planned, checks }: RunRecord): readonly CheckRecord[] {
  return checks.map(({ counts, witness, ...check }) => ({
    ...check,
    arm: planned.arm.name,
    round: planned.round,
    counts: { ...counts },
    witness: [...witness],
  }));
}

/** `PostgreSQL 18.4` of `select version()`. */
function firstWords(version: string): string {
  return version.split(' ').slice(0, 2).join(' ');
}
