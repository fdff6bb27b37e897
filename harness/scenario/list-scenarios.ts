import { loadPlan } from './load-plan.ts';
import { scenarioNames } from './scenario-file.ts';

export interface ScenarioSummary {
  readonly name: string;
  readonly question: string;
  readonly estimatedMs: number;
  /** With --quick; undefined where that makes no difference. */
  readonly quickMs: number | undefined;
  /** Arms × rounds; of defects, the servers tried. */
  readonly runs: number;
}

/** Every shipped scenario, by name. Throws CommandError (usage) when one of the files is wrong. */
export function listScenarios(): readonly ScenarioSummary[] {
  return scenarioNames().map((name) => {
    const plan = loadPlan(name, { sets: [], quick: false });
    const { estimatedMs } = plan;
    return 'trials' in plan
      ? { name, question: plan.question, estimatedMs, quickMs: undefined, runs: plan.trials.length }
      : { name, question: plan.scenario.question, estimatedMs, quickMs: quickMsOf(name), runs: plan.runs.length };
  });
}

function quickMsOf(name: string): number {
  return loadPlan(name, { sets: [], quick: true }).estimatedMs;
}
