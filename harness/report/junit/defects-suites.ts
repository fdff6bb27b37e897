import type { DefectsResult, TrialResult } from '../defects-result.ts';
import { junitXml } from './junit-xml.ts';
import type { Outcome, TestCase } from './test-case.ts';

const TRIAL_OUTCOMES: Readonly<Record<TrialResult['verdict'], Outcome>> = Object.freeze({
  caught: 'passed',
  clean: 'passed',
  missed: 'failure',
  accused: 'failure',
  unknown: 'error',
});

const RESULT_OUTCOMES: Readonly<Record<DefectsResult['verdict'], Outcome>> = Object.freeze({
  passed: 'passed',
  failed: 'failure',
  inconclusive: 'error',
  interrupted: 'error',
});

/** junit.xml of a run of defects: a case for the good server and for every defect, and one for the verdict. */
export function renderDefectsJUnit({
  scenario,
  startedAt,
  trials,
  verdict,
  exitCode,
  answer,
  reasons,
}: DefectsResult): string {
  const message = `${verdict}, exit code ${exitCode}: ${answer}`;
  const result = { name: 'verdict', outcome: RESULT_OUTCOMES[verdict], message, details: reasons };
  return junitXml({
    name: scenario,
    startedAt,
    suites: [
      { name: 'defects', cases: trials.map(trialCase) },
      { name: 'result', cases: [result] },
    ],
  });
}

function trialCase({ defect, caughtBy, workload, verdict, witness, alsoCaughtBy, durationMs }: TrialResult): TestCase {
  const name = caughtBy === null ? `the good server (${workload})` : `${defect} → ${caughtBy} (${workload})`;
  const also = alsoCaughtBy.length === 0 ? [] : [`also caught by ${alsoCaughtBy.join(', ')}`];
  return { name, outcome: TRIAL_OUTCOMES[verdict], message: `${verdict}: ${witness}`, details: also, durationMs };
}
