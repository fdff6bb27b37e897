import type { SteadinessRecord } from '../report/steadiness-record.ts';
import type { Arm } from '../scenario/scenario.ts';
import type { RunRecord } from './run-record.ts';

/**
 * How steady the windows of an arm's rounds were. Undefined where unsteadiness is meant: under faults, on a ramp, and in a load
 * that ends with its last message.
 */
export function armSteadiness({ load, faults }: Arm, runs: readonly RunRecord[]): SteadinessRecord | undefined {
  const isMeant = faults.length > 0 || load.messages !== undefined || load.open?.to !== undefined;
  if (isMeant || runs.length === 0) return undefined;
  const rounds = runs.map(({ planned: { round }, summary: { steadiness, extendedMs } }) => ({
    round,
    ...steadiness,
    extendedMs,
  }));
  const has = (verdict: SteadinessRecord['verdict']) => rounds.some((round) => round.verdict === verdict);
  return { verdict: has('unsteady') ? 'unsteady' : has('unknown') ? 'unknown' : 'steady', rounds };
}
