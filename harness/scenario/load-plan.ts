import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { type DefectsPlan, isDefectsFile, planDefects } from './plan-defects.ts';
import { planScenario, type ScenarioOptions } from './plan-scenario.ts';
import type { ScenarioPlan } from './scenario.ts';
import { readScenarioFile } from './scenario-file.ts';

/** What the command line says about a file of scenarios/, of either kind. */
export interface PlanOptions extends ScenarioOptions {
  /** --only: names of defects. */
  readonly only?: readonly string[] | undefined;
}

/**
 * Reads a scenario or a file of defects, checks all of it, and expands it to what is run. Throws one CommandError (usage)
 * that lists every problem as `file:line:column: message`.
 */
export function loadPlan(nameOrPath: string, options: PlanOptions): ScenarioPlan | DefectsPlan {
  const file = readScenarioFile(nameOrPath);
  if (isDefectsFile(file)) return planDefects(file, options);
  if (options.only === undefined) return planScenario(file, options);
  throw new CommandError(EXIT_CODE.usage, `--only: expected a file of defects, got the scenario ${file.name}`, {
    hint: 'npm run scenario -- defects --only skip-locked',
  });
}
