import { loadPlan } from './load-plan.ts';
import { scenarioNames } from './scenario-file.ts';

export interface ScenarioSummary {
  readonly name: string;
  readonly question: string;
  readonly estimatedMs: number;
  /** Arms × rounds; of defects, the servers tried. */
  readonly runs: number;
}

/** Every shipped scenario, by name. Throws CommandError (usage) when one of the files is wrong. */
export function listScenarios(): readonly ScenarioSummary[] {
  return scenarioNames().map((name) => {
    const plan = loadPlan(name, { sets: [], quick: false });
    const { estimatedMs } = plan;
    return 'trials' in plan
      ? { name, question: plan.question, estimatedMs, runs: plan.trials.length }
      : { name, question: plan.scenario.question, estimatedMs, runs: plan.runs.length };
  });
}
