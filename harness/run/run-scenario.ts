import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import type { Progress } from '../cli/progress.ts';
import { isMissing, type Missing } from '../history/evidence.ts';
import type { RunningPostgres } from '../postgres/provider.ts';
import { relaxedDurability } from '../postgres/relaxed-durability.ts';
import { startPostgres } from '../postgres/start-postgres.ts';
import type { Result } from '../report/result.ts';
import { writeReports } from '../report/write-reports.ts';
import type { ScenarioPlan } from '../scenario/scenario.ts';
import { slicesOf } from '../scenario/slices-of.ts';
import { budgetTogether, connectionRoom } from '../target/connection-outlook.ts';
import type { TargetOrder } from '../target/target-order.ts';
import { assembleResult } from './assemble-result.ts';
import { CeilingRounds } from './ceiling-rounds.ts';
import { describeEnvironment } from './environment.ts';
import { makeRuns } from './make-runs.ts';
import { openReport, pointLatestTo } from './open-report.ts';
import type { ArmContext } from './run-order.ts';
import type { MadeRuns } from './run-record.ts';
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
 * 3. run every arm in every round, interleaved or in turns, each on a fresh database and a fresh server (on a target: in a
 *    queue of its own), and judge it;
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
  const slices = slicesOf(plan, order.target !== undefined);
  if (slices > 1) refuseCrowd(plan);
  const what = { file: 'scenario.yaml', text: plan.resolvedYaml };
  const folder = await openReport(reportsRoot, plan.name, startedAt, what);

  const notes: string[] = [
    ...(plan.arms.length === plan.combinations
      ? []
      : [
          `cover: pairwise: of ${plan.combinations} combinations ${plan.arms.length} were run, with every pair of values`,
        ]),
    ...(slices === 1 ? [] : [`slices: the arms of a round were measured in turns, each in ${slices} slices`]),
  ];
  const ceilings = new CeilingRounds(order.seed);
  let made: MadeRuns;
  let environment: Result['environment'];
  {
    const taken = await takeSystem(order, folder, notes);
    await using _ours = isMissing(taken) ? undefined : taken;
    environment = await describeEnvironment(taken, order.target);
    notes.push(...relaxedDurability(environment.postgresSettings));
    const note = (text: string): void => {
      notes.push(text);
    };
    const { seed, target, profiler, signal } = order;
    const context: ArmContext = {
      ...{ plan, postgres: taken, target, profiler, folder, seed, progress, note, signal },
      patienceMs: PATIENCE_MS,
    };
    made = await makeRuns(context, ceilings);
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
  notes.push(...notesOnTarget(postgres, plan.scenario.slices));
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

/** The servers of a round that is measured in slices run side by side, and share the connections there are. */
function refuseCrowd({ file, arms }: ScenarioPlan): void {
  const room = arms[0] && connectionRoom(arms[0].postgres);
  const all = budgetTogether(
    arms.map(({ server }) => server),
    room,
  );
  if (room === undefined || all <= room.usable) return;
  throw new CommandError(
    EXIT_CODE.usage,
    `${file}: in slices the servers of all ${arms.length} arms run at once and hold ${all} connections, but PostgreSQL has ${room.usable} for them.`,
    { hint: 'Make server.poolSize smaller, vary less, or measure one arm after the other: --set slices=1' },
  );
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

/** `PostgreSQL 18.4` of `select version()`. */
function firstWords(version: string): string {
  return version.split(' ').slice(0, 2).join(' ');
}
