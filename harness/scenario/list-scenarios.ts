import { loadScenario } from './load-scenario.ts';
import { scenarioNames } from './scenario-file.ts';

export interface ScenarioSummary {
  readonly name: string;
  readonly question: string;
  readonly estimatedMs: number;
  /** Arms × rounds. */
  readonly runs: number;
}

/** Every shipped scenario, by name. Throws CommandError (usage) when one of the files is wrong. */
export function listScenarios(): readonly ScenarioSummary[] {
  return scenarioNames().map((name) => {
    const plan = loadScenario(name, { sets: [], quick: false });
    return { name, question: plan.scenario.question, estimatedMs: plan.estimatedMs, runs: plan.runs.length };
  });
}
