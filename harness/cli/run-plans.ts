import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { formatDuration } from '../report/figure-format.ts';
import { runDefects } from '../run/run-defects.ts';
import { runScenario } from '../run/run-scenario.ts';
import type { DefectsPlan } from '../scenario/plan-defects.ts';
import type { ScenarioPlan } from '../scenario/scenario.ts';
import type { TargetOrder } from '../target/target-order.ts';
import type { CommandOptions } from './command-options.ts';
import { renderDefectsSummary } from './defects-summary.ts';
import { EXIT_CODE } from './exit-code.ts';
import { GitHubStep } from './github-step.ts';
import { Interruption } from './interruption.ts';
import { createProgress } from './progress.ts';
import { repeatableCommand } from './repeatable-command.ts';
import type { SeededWorld } from './run-program.ts';
import { shownPath } from './shown-path.ts';
import { renderSummary } from './terminal.ts';
import { terminalMode } from './terminal-mode.ts';

type Plan = ScenarioPlan | DefectsPlan;

/** Runs one scenario after the other; the answer is the exit code of the first that did not pass. */
export async function runPlans(
  plans: readonly Plan[],
  options: CommandOptions,
  target: TargetOrder | undefined,
  world: SeededWorld,
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
  plan: Plan,
  options: CommandOptions,
  target: TargetOrder | undefined,
  { environment, stdout: results, stderr, argv, seed: randomSeed }: SeededWorld,
  signal: AbortSignal,
): Promise<number> {
  // With --json nothing but results goes to stdout.
  const stdout = options.json ? stderr : results;
  const { live, colour, width } = terminalMode(stdout, environment);
  const progress = createProgress({ stream: stdout, live, colour, estimatedMs: plan.estimatedMs });
  const seed = options.seed ?? randomSeed;
  const command = repeatableCommand('scenario', argv, seed);
  const order = { reportsRoot: resolve(options.reports), seed, command, progress, signal };
  const runs = 'trials' in plan ? `${plan.trials.length} servers` : `${plan.runs.length} runs`;
  stdout.write(`${plan.name}: ${runs}, about ${formatDuration(plan.estimatedMs)}, seed ${seed}\n`);
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
    progress.close();
    stdout.write(`Interrupted before anything could be measured.\n→ the whole run again: ${command}\n`);
    return EXIT_CODE.interrupted;
  } finally {
    progress.close();
  }
}
