import { expect, test } from 'vitest';
import type { TrialResult } from '../report/defects-result.ts';
import { defectsVerdict } from './defects-verdict.ts';

function trial(verdict: TrialResult['verdict']): TrialResult {
  const ofGood = ['clean', 'accused', 'unknown'].includes(verdict);
  return {
    defect: ofGood ? 'none' : 'skip-locked',
    workload: 'smoke',
    caughtBy: ofGood ? null : 'leases',
    verdict,
    witness: 'w',
    alsoCaughtBy: [],
    durationMs: 1,
  };
}

test.each([
  [['clean', 'caught'], 'passed', 0],
  [['clean', 'caught', 'missed'], 'failed', 2],
  [['accused', 'caught', 'missed'], 'failed', 1],
  [['unknown', 'caught'], 'inconclusive', 3],
  [['unknown', 'missed'], 'failed', 2],
] as const)('%j: %s, exit code %i', (verdicts, verdict, exitCode) => {
  const trials = verdicts.map(trial);
  expect(defectsVerdict(trials, trials.length)).toMatchObject({ verdict, exitCode });
});

test('a run that was interrupted never passes, and says what it had found', () => {
  expect(defectsVerdict([trial('clean'), trial('missed')], 3)).toMatchObject({
    verdict: 'interrupted',
    exitCode: 130,
    reasons: [expect.stringContaining('Interrupted'), 'skip-locked is not caught by leases: w'],
    answer: '0 of 1 defects were caught by the check that is meant for them; the good server was accused of nothing.',
  });
});
