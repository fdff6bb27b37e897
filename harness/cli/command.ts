import { listScenarios } from '../scenario/list-scenarios.ts';
import { loadPlan } from '../scenario/load-plan.ts';
import { writeNewScenario } from '../scenario/new-scenario.ts';
import { readTargetOrder } from '../target/target-order.ts';
import { type CommandOptions, DEFAULT_SCENARIO, describeProgram } from './command-options.ts';
import { renderDefectsPlan, renderPlan } from './dry-run.ts';
import { CommandError, EXIT_CODE } from './exit-code.ts';
import { renderExplanation } from './explanation.ts';
import { runPlans } from './run-plans.ts';
import { runProgram, type SeededWorld } from './run-program.ts';
import { renderScenarioList } from './scenario-list.ts';
import { terminalMode } from './terminal-mode.ts';

/**
 * Runs the command line and answers with the exit code (see exit-code.ts). Errors are printed, each with what to do next;
 * it does not throw.
 */
export async function runCommand(world: SeededWorld): Promise<number> {
  return await runProgram(world, describeProgram(), (names: readonly string[], options: CommandOptions) =>
    act(names, options, world),
  );
}

async function act(names: readonly string[], options: CommandOptions, world: SeededWorld): Promise<number> {
  const text = told(names, options, world);
  if (text !== undefined) {
    world.stdout.write(`${text}\n`);
    return EXIT_CODE.passed;
  }
  // All are read before one is run: a mistake in the last should not cost the time of the first.
  const plans = (names.length > 0 ? names : [DEFAULT_SCENARIO]).map((name) =>
    loadPlan(name, { sets: options.set, quick: options.quick, postgres: options.postgres, only: options.only }),
  );
  const target = readTargetOrder(options);
  if (target !== undefined && plans.some((plan) => 'trials' in plan)) {
    const message = 'defects are variants of the reference server; --target names another one';
    throw new CommandError(EXIT_CODE.usage, message, { hint: 'leave --target out, or run a scenario against it' });
  }
  if (options.dryRun) {
    const { width } = terminalMode(world.stdout, world.environment);
    const texts = plans.map((plan) =>
      'trials' in plan ? renderDefectsPlan(plan) : renderPlan(plan, { width, isTarget: target !== undefined }),
    );
    world.stdout.write(`${texts.join('\n\n')}\n`);
    return EXIT_CODE.passed;
  }
  return await runPlans(plans, options, target, world);
}

/** What the options ask to be told in place of a run; undefined when they ask for a run. */
function told(names: readonly string[], options: CommandOptions, { stdout, environment }: SeededWorld) {
  const [first, ...others] = [
    ...(options.list ? ['--list'] : []),
    ...(options.new === undefined ? [] : ['--new']),
    ...(options.explain === undefined ? [] : ['--explain']),
  ];
  if (first === undefined) return undefined;
  if (others.length > 0 || names.length > 0) {
    const beside = [...others, ...names].join(' and ');
    throw new CommandError(EXIT_CODE.usage, `${first} runs nothing, so it stands alone; got ${beside} beside it`, {
      hint: 'one command to look something up, another one to run: npm run scenario -- <name>',
    });
  }
  const { width } = terminalMode(stdout, environment);
  if (options.list) return renderScenarioList(listScenarios(), width);
  if (options.new !== undefined) return newScenarioLines(options.new);
  return renderExplanation(options.explain === true ? undefined : options.explain, width);
}

function newScenarioLines(name: string): string {
  const file = writeNewScenario(name);
  return [
    `wrote ${file}: it runs as it is; put your question in it`,
    `next  npm run scenario -- ${name} --dry-run     the runs, their connections and their time`,
    `      npm run scenario -- ${name}               runs it`,
    '      npm run scenario -- --explain load        what can stand under load; without a key: everywhere',
  ].join('\n');
}
