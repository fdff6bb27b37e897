import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { formatDuration } from '../report/figure-format.ts';
import { runDefects } from '../run/run-defects.ts';
import { runScenario } from '../run/run-scenario.ts';
import { listScenarios } from '../scenario/list-scenarios.ts';
import { loadPlan } from '../scenario/load-plan.ts';
import type { DefectsPlan } from '../scenario/plan-defects.ts';
import type { ScenarioPlan } from '../scenario/scenario.ts';
import { readTargetOrder, type TargetOrder } from '../target/target-order.ts';
import { renderDefectsSummary } from './defects-summary.ts';
import { renderDefectsPlan, renderPlan } from './dry-run.ts';
import { CommandError, EXIT_CODE } from './exit-code.ts';
import { GitHubStep } from './github-step.ts';
import { Interruption } from './interruption.ts';
import { createProgress } from './progress.ts';
import { repeatableCommand } from './repeatable-command.ts';
import { type ProgramWorld, runProgram } from './run-program.ts';
import { parseSeed } from './seed-option.ts';
import { shownPath } from './shown-path.ts';
import { renderSummary } from './terminal.ts';

/** The world of the command, handed in so that it can be tested and has no hidden inputs. */
export interface CommandWorld extends ProgramWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Used when --seed is not given. */
  readonly seed: number;
}

interface Options {
  readonly list: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly quick: boolean;
  readonly set: readonly string[];
  readonly only?: readonly string[];
  readonly postgres?: string;
  readonly target?: string;
  readonly targetPostgres?: string;
  readonly targetPoolSize?: number;
  readonly seed?: number;
  readonly reports: string;
}

const DEFAULT_SCENARIO = 'push-vs-legacy';

/**
 * Runs the command line and answers with the exit code (see exit-code.ts). Errors are printed, each with what to do next;
 * it does not throw.
 */
export async function runCommand(world: CommandWorld): Promise<number> {
  return await runProgram(world, describeProgram(), (names: readonly string[], options: Options) =>
    act(names.length > 0 ? names : [DEFAULT_SCENARIO], options, world),
  );
}

function describeProgram(): Command {
  return new Command('npm run scenario --')
    .description('Runs scenarios: drives a queue server, proves that nothing was lost, and only then prints msg/s.')
    .argument('[scenario...]', `names in scenarios/, or paths of YAML files (default: ${DEFAULT_SCENARIO})`)
    .option('--list', 'list the scenarios with their question and expected time', false)
    .option('--dry-run', 'print the runs and the time they will take, and run nothing', false)
    .addOption(
      new Option('--json', 'print each result as one line of JSON, and all else to stderr')
        .conflicts(['list', 'dryRun'])
        .default(false),
    )
    .option('--quick', "use the scenario's quick values", false)
    .option('--set <key=value>', 'override a key, such as server.workers=4 (repeatable)', collect, [])
    .option('--only <defects>', 'of defects only these: names with commas between', parseNames)
    .option('--postgres <provider>', 'auto, testcontainers, embedded or a postgres:// URL')
    .option(
      '--target <url>',
      'drive this server instead of starting one, in a queue of its own that is deleted at the end',
    )
    .option('--target-postgres <url>', "the target's database, to be read: without it nothing is proved")
    .option(
      '--target-pool-size <n>',
      'DB_POOL_SIZE the target was started with, for its connection budget',
      parsePoolSize,
    )
    .option('--seed <number>', 'seed of everything random (default: random, printed in the report)', parseSeed)
    .option('--reports <folder>', 'where reports go', 'reports');
}

async function act(names: readonly string[], options: Options, world: CommandWorld): Promise<number> {
  if (options.list) {
    for (const { name, question, estimatedMs } of listScenarios()) {
      world.stdout.write(`${name.padEnd(20)} ${formatDuration(estimatedMs).padStart(12)}  ${question}\n`);
    }
    return EXIT_CODE.passed;
  }
  // All are read before one is run: a mistake in the last should not cost the time of the first.
  const plans = names.map((name) =>
    loadPlan(name, { sets: options.set, quick: options.quick, postgres: options.postgres, only: options.only }),
  );
  const target = readTargetOrder(options);
  if (target !== undefined && plans.some((plan) => 'trials' in plan)) {
    throw new CommandError(
      EXIT_CODE.usage,
      'defects are variants of the reference server; --target names another one',
      {
        hint: 'leave --target out, or run a scenario against it',
      },
    );
  }
  if (options.dryRun) {
    world.stdout.write(plans.map((plan) => ('trials' in plan ? renderDefectsPlan(plan) : renderPlan(plan))).join('\n'));
    return EXIT_CODE.passed;
  }
  return await runPlans(plans, options, target, world);
}

/** Runs one scenario after the other; the answer is the exit code of the first that did not pass. */
async function runPlans(
  plans: readonly (ScenarioPlan | DefectsPlan)[],
  options: Options,
  target: TargetOrder | undefined,
  world: CommandWorld,
): Promise<number> {
  using interruption = new Interruption();
  let exitCode: number = EXIT_CODE.passed;
  for (const plan of plans) {
    if (interruption.signal.aborted) return EXIT_CODE.interrupted;
    const planExitCode = await runPlan(plan, options, target, world, interruption.signal);
    if (exitCode === EXIT_CODE.passed) exitCode = planExitCode;
  }
  return exitCode;
}

async function runPlan(
  plan: ScenarioPlan | DefectsPlan,
  options: Options,
  target: TargetOrder | undefined,
  { environment, stdout: results, stderr, argv, seed: randomSeed }: CommandWorld,
  signal: AbortSignal,
): Promise<number> {
  // With --json nothing but results goes to stdout.
  const stdout = options.json ? stderr : results;
  const isTerminal = stdout.isTTY === true && environment.CI === undefined;
  const colour = isTerminal && environment.NO_COLOR === undefined;
  const progress = createProgress({ stream: stdout, live: isTerminal, colour });
  const seed = options.seed ?? randomSeed;
  const command = repeatableCommand('scenario', argv, seed);
  const order = { reportsRoot: resolve(options.reports), seed, command, progress, signal };
  const runs = 'trials' in plan ? `${plan.trials.length} servers` : `${plan.runs.length} runs`;
  stdout.write(`${plan.name}: ${runs}, about ${formatDuration(plan.estimatedMs)}, seed ${seed}\n`);
  const width = stdout.columns || 100;
  using step = new GitHubStep({ environment, output: stdout, stderr, token: randomUUID() });
  try {
    if ('trials' in plan) {
      const { result, folder } = await runDefects({ ...order, plan, postgres: options.postgres });
      progress.close();
      const shown = shownPath(folder);
      stdout.write(`\n${renderDefectsSummary(result, { colour, width, folder: shown })}\n`);
      if (options.json) results.write(`${JSON.stringify(result)}\n`);
      await step.tell(result, shown);
      return result.exitCode;
    }
    const { result, folder } = await runScenario({ ...order, plan, target });
    progress.close();
    const shown = shownPath(folder);
    stdout.write(`\n${renderSummary(result, { colour, width, folder: shown })}\n`);
    if (options.json) results.write(`${JSON.stringify(result)}\n`);
    await step.tell(result, shown);
    return result.exitCode;
  } catch (error) {
    if (!signal.aborted) throw error;
    stdout.write('Interrupted before anything could be measured.\n');
    return EXIT_CODE.interrupted;
  } finally {
    progress.close();
  }
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function parsePoolSize(text: string): number {
  const size = Number(text);
  if (/^\d{1,5}$/.test(text) && size > 0) return size;
  throw new InvalidArgumentError(`expected a whole number from 1 to 99999, got "${text}"`);
}

function parseNames(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim());
}
