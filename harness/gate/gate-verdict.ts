import { EXIT_CODE, type ExitCode } from '../cli/exit-code.ts';
import type { GateDecision } from './decision.ts';
import type { GateResult } from './gate-result.ts';
import type { Block } from './run-block.ts';

/** What a verdict is made of. */
export interface GateFindings {
  readonly isInterrupted: boolean;
  /** The block whose proof does not hold. */
  readonly unproved: Block | undefined;
  readonly decision: GateDecision | undefined;
  /** A violated proof that is told in words: of runs that are no blocks. */
  readonly violation?: string | undefined;
  /** Why nothing that was measured can be a pass: the machine, or the load generator. */
  readonly obstacles: readonly string[];
}

export interface GateOutcome {
  readonly verdict: GateResult['verdict'];
  readonly exitCode: ExitCode;
  /** The weightiest first. */
  readonly reasons: readonly string[];
}

/**
 * A violated proof outranks everything. A confirmed loss is one whatever else was in the way, but there is no pass with an
 * obstacle, without a decision, or with a proof that is unknown.
 */
export function gateOutcome(findings: GateFindings): GateOutcome {
  const { isInterrupted, unproved, violation, decision, obstacles } = findings;
  if (violation !== undefined) return { verdict: 'invalid', exitCode: EXIT_CODE.proofFailed, reasons: [violation] };
  const violated = unproved?.proofs.some(({ verdict }) => verdict === 'invalid') ?? false;
  if (unproved !== undefined && violated) {
    return { verdict: 'invalid', exitCode: EXIT_CODE.proofFailed, reasons: unprovedReasons(unproved) };
  }
  const reasons = decision?.reasons ?? [];
  if (isInterrupted) {
    return { verdict: 'interrupted', exitCode: EXIT_CODE.interrupted, reasons: ['it was interrupted', ...reasons] };
  }
  if (unproved !== undefined) {
    return { verdict: 'inconclusive', exitCode: EXIT_CODE.inconclusive, reasons: unprovedReasons(unproved) };
  }
  if (decision?.verdict === 'fail') {
    return { verdict: 'fail', exitCode: EXIT_CODE.expectationFailed, reasons: [...reasons, ...obstacles] };
  }
  if (decision?.verdict === 'pass' && obstacles.length === 0) {
    return { verdict: 'pass', exitCode: EXIT_CODE.passed, reasons };
  }
  const none = decision === undefined && obstacles.length === 0 ? ['nothing was measured'] : [];
  return { verdict: 'inconclusive', exitCode: EXIT_CODE.inconclusive, reasons: [...none, ...obstacles, ...reasons] };
}

function unprovedReasons({ number, proofs }: Block): readonly string[] {
  return proofs.flatMap(({ side, checks }) =>
    checks
      .filter(({ verdict }) => verdict !== 'valid')
      .map(({ name, verdict, summary }) => `block ${number}, the ${side}: ${name} is ${verdict}: ${summary}`),
  );
}
