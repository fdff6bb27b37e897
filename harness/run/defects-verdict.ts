import { EXIT_CODE } from '../cli/exit-code.ts';
import type { DefectsResult, TrialResult } from '../report/defects-result.ts';

/**
 * The verdict on a run of defects: passed when every defect was caught by the check that is meant for it and nothing was
 * found of the good server. `planned` trials that were not made were interrupted.
 */
export function defectsVerdict(
  trials: readonly TrialResult[],
  planned: number,
): Pick<DefectsResult, 'verdict' | 'exitCode' | 'reasons' | 'answer'> {
  const of = (verdict: TrialResult['verdict']) => trials.filter((trial) => trial.verdict === verdict);
  const reasons = [
    ...of('accused').map(({ workload, witness }) => `the good server is accused (${workload}): ${witness}`),
    ...of('missed').map(({ defect, caughtBy, witness }) => `${defect} is not caught by ${caughtBy}: ${witness}`),
    ...of('unknown').map(({ workload, witness }) => `the good server could not be judged (${workload}): ${witness}`),
  ];
  const caught = of('caught').length;
  const answer = `${caught} of ${caught + of('missed').length} defects were caught by the check that is meant for them; ${
    of('accused').length === 0 ? 'the good server was accused of nothing' : 'the good server was accused'
  }.`;
  if (trials.length < planned) {
    const reason = 'Interrupted: the trials that were not finished are missing.';
    return { verdict: 'interrupted', exitCode: EXIT_CODE.interrupted, reasons: [reason, ...reasons], answer };
  }
  if (of('accused').length > 0) return { verdict: 'failed', exitCode: EXIT_CODE.proofFailed, reasons, answer };
  if (of('missed').length > 0) return { verdict: 'failed', exitCode: EXIT_CODE.expectationFailed, reasons, answer };
  if (of('unknown').length > 0) return { verdict: 'inconclusive', exitCode: EXIT_CODE.inconclusive, reasons, answer };
  return { verdict: 'passed', exitCode: EXIT_CODE.passed, reasons, answer };
}
