import type { CheckResult } from '../checkers/verdict.ts';
import { EXIT_CODE, type ExitCode } from '../cli/exit-code.ts';

/** A check made again, with what the report says otherwise of it. */
export interface Rechecked extends CheckResult {
  readonly differences: readonly string[];
}

/**
 * What the process ends with. A report that says otherwise than its own histories is no proof, whichever of the two is
 * right: that ends like a violation. What could not be judged or compared is inconclusive.
 */
export function exitCodeOf(checks: readonly Rechecked[], gaps: readonly string[]): ExitCode {
  const fails = ({ verdict, differences }: Rechecked) => verdict === 'invalid' || differences.length > 0;
  if (checks.some(fails)) return EXIT_CODE.proofFailed;
  const isOpen = gaps.length > 0 || checks.some(({ verdict }) => verdict === 'unknown');
  return isOpen ? EXIT_CODE.inconclusive : EXIT_CODE.passed;
}
