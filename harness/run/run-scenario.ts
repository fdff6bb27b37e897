import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import type { Progress } from '../cli/progress.ts';
import { isMissing, type Missing } from '../history/evidence.ts';
import type { RunningPostgres } from '../postgres/provider.ts';
import { startPostgres } from '../postgres/start-postgres.ts';
import { formatDuration } from '../report/figure-format.ts';
import type { Result } from '../report/result.ts';
import { writeReports } from '../report/write-reports.ts';
import type { PlannedRun, ScenarioPlan } from '../scenario/scenario.ts';
import type { TargetOrder } from '../target/target-order.ts';
import { assembleResult } from './assemble-result.ts';
import { CeilingRounds } from './ceiling-rounds.ts';
import { describeEnvironment } from './environment.ts';
import { openReport, pointLatestTo } from './open-report.ts';
import { runArm } from './run-arm.ts';
import type { ArmContext } from './run-order.ts';
import { isMeasured, type MadeRuns, type RefusedRun, type RunRecord } from './run-record.ts';
import type { ServerProfiler } from './server-profiler.ts';
import { notesOnTarget, refuseSetUpMatrix, takeTarget } from './target-scenario.ts';

export interface ScenarioOrder {
  readonly plan: ScenarioPlan;
  /** Folder that holds all reports. */
  readonly reportsRoot: string;
  readonly seed: number;
  /** The command line, for the report; without secrets. */
  readonly command: string;
  readonly progress: Progress;
  /** A server that runs already; undefined when one is started for every run. */
  readonly target: TargetOrder | undefined;
  /** Looks into the server while it is measured; its one run then. */
  readonly profiler?: ServerProfiler | undefined;
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
 * 2. start PostgreSQL and prove its max_connections, or find the target that is to be driven, and its database;
 * 3. run every arm in every round, interleaved, each on a fresh database and a fresh server (on a target: in a queue of its
 *    own), and judge it;
 * 4. once a round and shape of load, measure what plain SQL reaches in the same tables;
 * 5. stop PostgreSQL;
 * 6. put rounds together, compare arms, hold the expectations against them, and decide;
 * 7. write the reports and point `latest` to them.
 *
 * @throws CommandError when something needed is not available; nothing is left running then.
 */
export async function runScenario(order: ScenarioOrder): Promise<ScenarioOutcome> {
  const { plan, reportsRoot, progress } = order;
  const startedAt = new Date();
  refuseVariedPostgres(plan);
  refuseOversizedRequests(plan);
  if (order.target !== undefined) refuseSetUpMatrix(plan);
  const what = { file: 'scenario.yaml', text: plan.resolvedYaml };
  const folder = await openReport(reportsRoot, plan.name, startedAt, what);

  const notes: string[] =
    plan.arms.length === plan.combinations
      ? []
      : [
          `cover: pairwise: of ${plan.combinations} combinations ${plan.arms.length} were run, with every pair of values`,
        ];
  const ceilings = new CeilingRounds(order.seed);
  let made: MadeRuns;
  let environment: Result['environment'];
  {
    const taken = await takeSystem(order, folder, notes);
    await using _ours = isMissing(taken) ? undefined : taken;
    environment = await describeEnvironment(taken, order.target);
    made = await runAll(order, taken, folder, ceilings, notes);
  }

  const profile = await order.profiler?.write(folder);
  const result = assembleResult(order, { ...made, ceilings, environment, notes, profile, startedAt });
  await writeReports(folder, result);
  await pointLatestTo(reportsRoot, folder, progress);
  return { result, folder };
}

/** Starts the PostgreSQL of the scenario, or looks for the target and its database. */
async function takeSystem(
  { plan, progress, target }: ScenarioOrder,
  folder: string,
  notes: string[],
): Promise<RunningPostgres | Missing> {
  if (target === undefined) {
    progress.phase('starting PostgreSQL');
    const { provider, ...options } = plan.scenario.postgres;
    const postgres = await startPostgres(provider, { ...options, logFolder: folder });
    progress.done(`${firstWords(postgres.version)}, max_connections=${postgres.maxConnections} (${postgres.reason})`);
    return postgres;
  }
  progress.phase(`looking for ${target.baseUrl}`);
  const postgres = await takeTarget(target);
  notes.push(...notesOnTarget(postgres));
  progress.done(`target ${target.baseUrl} (${isMissing(postgres) ? postgres.missing : postgres.reason})`);
  return postgres;
}

/** See ArmContext; the reference server needed 0.1 to 8 s after every fault, and 9 s for a backlog of 800,000. */
const PATIENCE_MS = 120_000;

/** Larger request bodies than this are refused before anything is started; the server's own limit is 100 MB. */
const MAX_BODY_BYTES = 64 * 2 ** 20;

function refuseOversizedRequests(plan: ScenarioPlan): void {
  for (const { name, load } of plan.arms) {
    const bytes = load.batch * load.payloadBytes;
    if (bytes <= MAX_BODY_BYTES) continue;
    throw new CommandError(
      EXIT_CODE.usage,
      `${plan.file}: ${name}: batch ${load.batch} × payloadBytes ${load.payloadBytes} makes requests of ${bytes} bytes.`,
      { hint: `Keep batch × payloadBytes at ${MAX_BODY_BYTES} or less.` },
    );
  }
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

/** A failure in the middle does not cost the rounds that were finished; before the first one there is nothing to keep. */
async function runAll(
  { plan, seed, progress, signal, target, profiler }: ScenarioOrder,
  postgres: RunningPostgres | Missing,
  folder: string,
  ceilings: CeilingRounds,
  notes: string[],
): Promise<MadeRuns> {
  const note = (text: string): void => {
    notes.push(text);
  };
  const context: ArmContext = {
    ...{ plan, postgres, target, profiler, folder, seed, progress, note, signal },
    patienceMs: PATIENCE_MS,
  };
  const runs: (RunRecord | RefusedRun)[] = [];
  try {
    for (const [index, planned] of plan.runs.entries()) {
      signal.throwIfAborted();
      await runOne(planned, index + 1, context, ceilings, (run) => runs.push(run));
    }
  } catch (error) {
    if (signal.aborted) return { runs, failure: undefined };
    if (runs.length === 0) throw error;
    progress.fail(textOf(error));
    return { runs, failure: error };
  }
  return { runs, failure: undefined };
}

async function runOne(
  planned: PlannedRun,
  index: number,
  context: ArmContext,
  ceilings: CeilingRounds,
  keep: (run: RunRecord | RefusedRun) => void,
): Promise<void> {
  const { plan, progress, signal } = context;
  const startedAtMs = performance.now();
  progress.arm(planned, index, plan.runs.length);
  const armRun = await runArm(planned, index, context);
  await using database = armRun.database;
  const { run } = armRun;
  keep(run);
  const title = `${planned.arm.name}, round ${planned.round}`;
  const took = formatDuration(performance.now() - startedAtMs);
  if (!isMeasured(run)) {
    progress.done(`${title}: refused to start`);
    return;
  }
  if (run.verdict === 'valid') {
    progress.done(`${title}: ${run.summary.acknowledgedMessages.toLocaleString('en')} messages proved in ${took}`);
    // A ceiling is measured in emptied tables: only those of a database that was made for it.
    if (database !== undefined && context.target === undefined && plan.scenario.ceiling && ceilings.needs(planned)) {
      progress.phase('measuring what plain SQL reaches in the same tables');
      await ceilings.measure(planned, database, signal);
    }
  } else {
    database?.keep();
    const found = run.checks.find(({ verdict }) => verdict === run.verdict);
    progress.fail(`${title}: ${run.verdict}: ${found?.name}: ${found?.summary}`);
  }
}

/** `PostgreSQL 18.4` of `select version()`. */
function firstWords(version: string): string {
  return version.split(' ').slice(0, 2).join(' ');
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
