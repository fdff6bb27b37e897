import { planScenario, type ScenarioOptions } from './plan-scenario.ts';
import type { ScenarioPlan } from './scenario.ts';
import { readScenarioFile } from './scenario-file.ts';

/**
 * Reads a scenario by name or path, checks all of it, and expands it to runs. Throws one CommandError (usage) that lists
 * every problem as `file:line:column: message`.
 */
export function loadScenario(nameOrPath: string, options: ScenarioOptions): ScenarioPlan {
  return planScenario(readScenarioFile(nameOrPath), options);
}
