import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { GitHubStep } from '../cli/github-step.ts';
import { Interruption } from '../cli/interruption.ts';
import { createProgress } from '../cli/progress.ts';
import { repeatableCommand } from '../cli/repeatable-command.ts';
import { runProgram, type SeededWorld } from '../cli/run-program.ts';
import { shownPath } from '../cli/shown-path.ts';
import { terminalMode } from '../cli/terminal-mode.ts';
import { loadPlan } from '../scenario/load-plan.ts';
import type { ScenarioPlan } from '../scenario/scenario.ts';
import { loadBaseline } from './baseline.ts';
import { gateByBaseline, saveRuns } from './baseline-gate.ts';
import { calibrate } from './calibrate.ts';
import type { Calibration } from './calibration.ts';
import { calibrationNotes } from './calibration-file.ts';
import { renderCalibration } from './calibration-table.ts';
import { gateAnnotations } from './gate-annotations.ts';
import { type ForetoldGate, renderGatePlan } from './gate-dry-run.ts';
import { renderGateMarkdown } from './gate-markdown.ts';
import { describeGate, type GateMode, type GateOptions, gateMode, ruleOf } from './gate-options.ts';
import { planGate } from './gate-plan.ts';
import type { GateResult } from './gate-result.ts';
import { renderGateSummary } from './gate-terminal.ts';
import { againstWords, type GateVersions, versionsAgainst, versionsOfOne } from './gate-versions.ts';
import { runGate } from './run-gate.ts';

/** What is run when nothing is named. */
const DEFAULT_SCENARIO = 'regression';

/** It has a ceiling and both routes, so its ratios are comparable between machines. */
const BASELINE_SCENARIO = 'push-vs-legacy';

const DEFAULT_MINUTES = 5;
const DEFAULT_CALIBRATION_MINUTES = 60;

/** Runs the command line and answers with the exit code (see exit-code.ts). Errors are printed; it does not throw. */
export async function runGateCommand(world: SeededWorld): Promise<number> {
  return await runProgram(world, describeGate(), (options: GateOptions) => act(options, world));
}

async function act(options: GateOptions, given: SeededWorld): Promise<number> {
  // With --json nothing but the result goes to stdout.
  const world = options.json ? { ...given, stdout: given.stderr } : given;
  const keep = (result: GateResult | Calibration): void => {
    if (options.json) given.stdout.write(`${JSON.stringify(result)}\n`);
  };
  const mode = gateMode(options);
  if (options.dryRun) {
    world.stdout.write(`${renderGatePlan(await foretell(mode, options))}\n`);
    return EXIT_CODE.passed;
  }
  using interruption = new Interruption();
  const { signal } = interruption;
  try {
    if (mode === 'calibrate') return await calibrateHere(options, world, signal, keep);
    if (mode === 'save') return await save(options, world, signal);
    return await compare(mode, options, world, signal, keep);
  } catch (error) {
    if (!signal.aborted) throw error;
    world.stdout.write('Interrupted before anything could be compared.\n');
    return EXIT_CODE.interrupted;
  }
}

/** Everything is read and looked up as for a gate, so that a mistake shows; nothing is checked out, started or written. */
async function foretell(mode: GateMode, options: GateOptions): Promise<ForetoldGate> {
  const isOfBaseline = mode === 'save' || mode === 'baseline';
  const baseline = mode === 'baseline' ? await loadBaseline(options.baseline ?? '') : undefined;
  const standard = baseline?.scenario ?? (isOfBaseline ? BASELINE_SCENARIO : DEFAULT_SCENARIO);
  const minutes = mode === 'calibrate' ? DEFAULT_CALIBRATION_MINUTES : DEFAULT_MINUTES;
  return {
    mode,
    compared: baseline === undefined ? await comparedIn(mode, options) : `a run against the baseline ${baseline.name}`,
    plan: planGate(scenarioOf(options, standard), options.arms),
    rule: ruleOf(options),
    minutes: options.minutes ?? minutes,
  };
}

async function comparedIn(mode: GateMode, { against, arms, save }: GateOptions): Promise<string> {
  if (against !== undefined) return await againstWords(against);
  if (arms !== undefined) return `${arms[1]} against ${arms[0]}`;
  if (mode === 'save') return `runs to be saved as ${save}`;
  return mode === 'calibrate'
    ? 'the working tree against itself and against slowed variants'
    : 'a worse variant against the working tree';
}

/** Where a gate writes to, and what every kind of it is told. */
function surroundings(
  options: GateOptions,
  { stdout, environment, argv, seed: randomSeed }: SeededWorld,
  signal: AbortSignal,
) {
  const { live, colour, width } = terminalMode(stdout, environment);
  const seed = options.seed ?? randomSeed;
  return {
    colour,
    width,
    order: {
      progress: createProgress({ stream: stdout, live, colour }),
      rule: ruleOf(options),
      minutes: options.minutes ?? DEFAULT_MINUTES,
      reportsRoot: resolve(options.reports),
      command: repeatableCommand('gate', argv, seed),
      seed,
      signal,
    },
  };
}

async function save(options: GateOptions, world: SeededWorld, signal: AbortSignal): Promise<number> {
  const { order } = surroundings(options, world, signal);
  try {
    const file = await saveRuns(options.save ?? '', { ...order, plan: scenarioOf(options, BASELINE_SCENARIO) });
    order.progress.close();
    world.stdout.write(`baseline  ${shownPath(file)}\n`);
    return EXIT_CODE.passed;
  } finally {
    order.progress.close();
  }
}

async function calibrateHere(
  options: GateOptions,
  world: SeededWorld,
  signal: AbortSignal,
  keep: (result: GateResult | Calibration) => void,
): Promise<number> {
  const { order } = surroundings(options, world, signal);
  const plan = planGate(scenarioOf(options, DEFAULT_SCENARIO), undefined);
  try {
    const minutes = options.minutes ?? DEFAULT_CALIBRATION_MINUTES;
    const done = await calibrate({ ...order, plan, minutes, gateMinutes: DEFAULT_MINUTES });
    order.progress.close();
    if (!('calibration' in done)) {
      world.stdout.write(`\nNot calibrated: ${done.answer}\n${done.reasons.join('\n')}\n`);
      keep(done);
      return done.exitCode;
    }
    world.stdout.write(`\n${renderCalibration(done.calibration)}\n\ncalibration  ${shownPath(done.file)}\n`);
    keep(done.calibration);
    return EXIT_CODE.passed;
  } finally {
    order.progress.close();
  }
}

async function compare(
  mode: GateMode,
  options: GateOptions,
  world: SeededWorld,
  signal: AbortSignal,
  keep: (result: GateResult) => void,
): Promise<number> {
  const { stdout, stderr, environment } = world;
  const { colour, width, order } = surroundings(options, world, signal);
  using step = new GitHubStep({ environment, output: stdout, stderr, token: randomUUID() });
  try {
    const { result, folder } =
      mode === 'baseline' ? await againstBaseline(options, order) : await sideBySide(options, order, world);
    order.progress.close();
    stdout.write(`\n${renderGateSummary(result, { colour, width, folder: shownPath(folder) })}\n`);
    keep(result);
    await step.announce(gateAnnotations(result), renderGateMarkdown(result));
    return result.exitCode;
  } finally {
    order.progress.close();
  }
}

type Order = ReturnType<typeof surroundings>['order'];

async function againstBaseline(options: GateOptions, order: Order) {
  const baseline = await loadBaseline(options.baseline ?? '');
  return await gateByBaseline(baseline, { ...order, plan: scenarioOf(options, baseline.scenario) });
}

async function sideBySide(options: GateOptions, order: Order, { stdout }: SeededWorld) {
  const plan = planGate(scenarioOf(options, DEFAULT_SCENARIO), options.arms);
  await using compared = await takeVersions(options, order.signal);
  const { versions, notes } = compared;
  stdout.write(`gate: ${versions.candidate.label} against ${versions.base.label}, seed ${order.seed}\n`);
  const { rule, reportsRoot } = order;
  const isAsked = options.tolerated !== undefined || options.margin !== undefined;
  return await runGate({
    ...{ ...order, plan, versions, notes },
    attributes: true,
    onEnvironment: (machine) => calibrationNotes(reportsRoot, machine, { threshold: rule.tolerated, isAsked }),
  });
}

function scenarioOf({ scenario, set, quick, postgres }: GateOptions, standard: string): ScenarioPlan {
  const plan = loadPlan(scenario ?? standard, { sets: set, quick, postgres });
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
