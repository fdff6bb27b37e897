import { resolve } from 'node:path';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { tellGitHub } from '../cli/github-step.ts';
import { Interruption } from '../cli/interruption.ts';
import { createProgress } from '../cli/progress.ts';
import { repeatableCommand } from '../cli/repeatable-command.ts';
import { type ProgramWorld, runProgram } from '../cli/run-program.ts';
import { shownPath } from '../cli/shown-path.ts';
import { loadPlan } from '../scenario/load-plan.ts';
import type { ScenarioPlan } from '../scenario/scenario.ts';
import { gateAnnotations } from './gate-annotations.ts';
import { renderGateMarkdown } from './gate-markdown.ts';
import { describeGate, type GateOptions, gateMode, ruleOf } from './gate-options.ts';
import { planGate } from './gate-plan.ts';
import { renderGateSummary } from './gate-terminal.ts';
import { type GateVersions, versionsAgainst, versionsOfOne } from './gate-versions.ts';
import { runGate } from './run-gate.ts';

/** The world of the command, handed in so that it can be tested and has no hidden inputs. */
export interface GateWorld extends ProgramWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Used when --seed is not given. */
  readonly seed: number;
}

/** What is run when nothing is named. */
export const DEFAULT_SCENARIO = 'regression';

const DEFAULT_MINUTES = 5;

/** Runs the command line and answers with the exit code (see exit-code.ts). Errors are printed; it does not throw. */
export async function runGateCommand(world: GateWorld): Promise<number> {
  return await runProgram(world, describeGate(), (options: GateOptions) => act(options, world));
}

async function act(options: GateOptions, world: GateWorld): Promise<number> {
  const mode = gateMode(options);
  using interruption = new Interruption();
  const { signal } = interruption;
  try {
    return await compare(options, world, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    world.stdout.write('Interrupted before anything could be compared.\n');
    return EXIT_CODE.interrupted;
  }
}

async function compare(options: GateOptions, world: GateWorld, signal: AbortSignal): Promise<number> {
  const { stdout, stderr, environment, argv } = world;
  const plan = planGate(scenarioOf(options), options.arms);
  const rule = ruleOf(options);
  const isTerminal = stdout.isTTY === true && environment.CI === undefined;
  const colour = isTerminal && environment.NO_COLOR === undefined;
  const progress = createProgress({ stream: stdout, live: isTerminal, colour });
  const seed = options.seed ?? world.seed;
  try {
    await using compared = await takeVersions(options, signal);
    const { versions, notes } = compared;
    stdout.write(`gate: ${versions.candidate.label} against ${versions.base.label}, seed ${seed}\n`);
    const { result, folder } = await runGate({
      ...{ plan, versions, rule, notes, seed, progress, signal },
      minutes: options.minutes ?? DEFAULT_MINUTES,
      reportsRoot: resolve(options.reports),
      command: repeatableCommand('gate', argv, seed),
    });
    progress.close();
    const width = stdout.columns || 100;
    stdout.write(`\n${renderGateSummary(result, { colour, width, folder: shownPath(folder) })}\n`);
    const step = { environment, output: stdout, stderr };
    await tellGitHub(step, gateAnnotations(result), renderGateMarkdown(result));
    return result.exitCode;
  } finally {
    progress.close();
  }
}

function scenarioOf({ scenario = DEFAULT_SCENARIO, set, quick, postgres }: GateOptions): ScenarioPlan {
  const plan = loadPlan(scenario, { sets: set, quick, postgres });
  if (!('trials' in plan)) return plan;
  throw new CommandError(
    EXIT_CODE.usage,
    `--scenario: ${plan.name} is a file of defects, and has no speed to compare`,
    {
      hint: 'npm run scenario -- --list names the scenarios',
    },
  );
}

async function takeVersions(options: GateOptions, signal: AbortSignal): Promise<GateVersions> {
  const { against, arms, candidateSlowed: slowed, candidateDefect: defect } = options;
  if (against !== undefined) return await versionsAgainst(against, { slowed, defect }, signal);
  if (arms !== undefined) return versionsOfOne({ base: arms[0], candidate: arms[1] }, {});
  return versionsOfOne({ base: 'working tree', candidate: 'working tree' }, { slowed, defect });
}
