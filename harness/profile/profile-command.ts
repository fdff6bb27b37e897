import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { CommandError, EXIT_CODE, type ExitCode } from '../cli/exit-code.ts';
import { Interruption } from '../cli/interruption.ts';
import { createProgress } from '../cli/progress.ts';
import { repeatableCommand } from '../cli/repeatable-command.ts';
import { runProgram, type SeededWorld } from '../cli/run-program.ts';
import { parseSeed } from '../cli/seed-option.ts';
import { shownPath } from '../cli/shown-path.ts';
import { renderSummary } from '../cli/terminal.ts';
import { terminalMode } from '../cli/terminal-mode.ts';
import { formatDuration } from '../report/figure-format.ts';
import { runScenario } from '../run/run-scenario.ts';
import type { ServerProfiler } from '../run/server-profiler.ts';
import { suggestion } from '../scenario/nearest-word.ts';
import type { ScenarioPlan } from '../scenario/scenario.ts';
import { ClinicProfiler, clinicProgram } from './clinic-profiler.ts';
import { InspectorProfiler } from './inspector-profiler.ts';
import { planProfile } from './plan-profile.ts';
import { isInspectorKind, PROFILE_KINDS, type ProfileKind } from './profile-kind.ts';
import { renderProfile } from './profile-table.ts';

interface Options {
  readonly with: ProfileKind;
  readonly arm?: string;
  readonly quick: boolean;
  readonly set: readonly string[];
  readonly postgres?: string;
  readonly target?: string;
  readonly seed?: number;
  readonly clinicLimit: number;
  readonly reports: string;
}

/** Making a page took 5 to 15 s on two cores, and 35 s where forty processes wanted them; what takes longer than this hangs. */
const CLINIC_LIMIT_S = 150;

/** Runs the command line and answers with the exit code (see exit-code.ts). Errors are printed; it does not throw. */
export async function runProfile(world: SeededWorld): Promise<number> {
  const program = new Command('npm run profile --')
    .description(
      'Shows what the server does: runs one arm of a scenario under a profiler. No figure of it is one to compare.',
    )
    .argument('<scenario>', 'a name in scenarios/, or the path of a YAML file')
    .option('--with <tool>', PROFILE_KINDS.join(', '), parseKind, 'cpu')
    .option('--arm <name>', 'arm to run, such as "push batch=1" (default: the first)')
    .option('--quick', "use the scenario's quick values", false)
    .option('--set <key=value>', 'override a key, such as server.workers=4 (repeatable)', collect, [])
    .option('--postgres <provider>', 'auto, testcontainers, embedded or a postgres:// URL')
    .option('--target <url>', 'refused: only a server that is started here can be looked into')
    .option('--seed <number>', 'seed of everything random (default: random, printed in the report)', parseSeed)
    .option('--clinic-limit <seconds>', 'time clinic may take for its page', parseSeconds, CLINIC_LIMIT_S)
    .option('--reports <folder>', 'where reports go', 'reports');
  return await runProgram(world, program, (scenario: string, options: Options) => act(scenario, options, world));
}

async function act(scenario: string, options: Options, world: SeededWorld): Promise<ExitCode> {
  if (options.target !== undefined) {
    throw new CommandError(EXIT_CODE.usage, '--target: a server that was not started here cannot be looked into', {
      hint: 'leave --target out; or start your server with node --cpu-prof and use npm run scenario -- <x> --target',
    });
  }
  const { arm, quick, set, postgres } = options;
  const plan = planProfile(scenario, { kind: options.with, arm, quick, sets: set, postgres });
  using interruption = new Interruption();
  const { signal } = interruption;
  await using profiler = await openProfiler(options, signal);
  try {
    return await profile(plan, profiler, { ...world, seed: options.seed ?? world.seed }, options, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    const again = repeatableCommand('profile', world.argv, options.seed ?? world.seed);
    world.stdout.write(`Interrupted before anything could be measured.\n→ the whole run again: ${again}\n`);
    return EXIT_CODE.interrupted;
  }
}

async function profile(
  plan: ScenarioPlan,
  profiler: ServerProfiler,
  { stdout, argv, seed, environment }: SeededWorld,
  { with: kind, reports }: Options,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { live, colour, width } = terminalMode(stdout, environment);
  const progress = createProgress({ stream: stdout, live, colour, estimatedMs: plan.estimatedMs });
  const about = formatDuration(plan.estimatedMs);
  stdout.write(`${plan.name}, ${plan.arms[0]?.name}: under ${kind}, about ${about}, seed ${seed}\n`);
  try {
    const command = repeatableCommand('profile', argv, seed);
    const order = { plan, reportsRoot: resolve(reports), seed, command, progress, target: undefined, signal };
    const { result, folder } = await runScenario({ ...order, profiler });
    progress.close();
    const shown = shownPath(folder);
    stdout.write(`\n${renderSummary(result, { colour, width, folder: shown })}\n`);
    if (result.profile !== undefined) stdout.write(`\n${renderProfile(result.profile, shown)}\n`);
    return result.exitCode as ExitCode;
  } finally {
    progress.close();
  }
}

async function openProfiler(
  { with: kind, clinicLimit }: Options,
  signal: AbortSignal,
): Promise<InspectorProfiler | ClinicProfiler> {
  if (isInspectorKind(kind)) return await InspectorProfiler.open(kind);
  return await ClinicProfiler.open(kind, { signal, limitMs: clinicLimit * 1000, program: clinicProgram() });
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function parseKind(text: string): ProfileKind {
  const kind = PROFILE_KINDS.find((one) => one === text);
  if (kind !== undefined) return kind;
  throw new InvalidArgumentError(`there is no "${text}"${suggestion(text, PROFILE_KINDS)}`);
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d{1,5}$/.test(text) && seconds > 0) return seconds;
  throw new InvalidArgumentError(`expected a whole number of seconds from 1 to 99999, got "${text}"`);
}
