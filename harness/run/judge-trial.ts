import type { TrialResult } from '../report/defects-result.ts';
import { NO_DEFECT, type Trial } from '../scenario/plan-defects.ts';

/** What one check or behaviour found in a trial. */
export interface TrialFinding {
  readonly name: string;
  readonly verdict: 'valid' | 'invalid' | 'unknown';
  /** In one sentence, the violation's first witness if there is one. */
  readonly witness: string;
}

/** Holds the findings against what the trial is to show. Without any finding nothing is caught, and nothing is clean. */
export function judgeTrial(
  { defect, caughtBy }: Trial,
  findings: readonly TrialFinding[],
): Pick<TrialResult, 'verdict' | 'witness' | 'alsoCaughtBy'> {
  const violated = findings.filter(({ verdict }) => verdict === 'invalid');
  const namesOf = (list: readonly TrialFinding[]) => [...new Set(list.map(({ name }) => name))];
  if (defect === NO_DEFECT) {
    const open = findings.find(({ verdict }) => verdict === 'unknown');
    const alsoCaughtBy = namesOf(violated);
    if (violated[0] !== undefined) {
      return { verdict: 'accused', witness: `${violated[0].name}: ${violated[0].witness}`, alsoCaughtBy };
    }
    if (open !== undefined) return { verdict: 'unknown', witness: `${open.name}: ${open.witness}`, alsoCaughtBy };
    if (findings.length === 0) return { verdict: 'unknown', witness: 'nothing was checked', alsoCaughtBy };
    return { verdict: 'clean', witness: `${findings.length} checks are valid`, alsoCaughtBy };
  }
  const meant = findings.filter(({ name }) => name === caughtBy);
  const catching = meant.find(({ verdict }) => verdict === 'invalid');
  const alsoCaughtBy = namesOf(violated.filter(({ name }) => name !== caughtBy));
  if (catching !== undefined) return { verdict: 'caught', witness: catching.witness, alsoCaughtBy };
  const [shown] = meant;
  const witness = shown === undefined ? 'this check was not made' : `it is ${shown.verdict}: ${shown.witness}`;
  return { verdict: 'missed', witness, alsoCaughtBy };
}
