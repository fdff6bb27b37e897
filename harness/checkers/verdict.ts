/**
 * The three-valued verdict of every check. `unknown` says that the check could not be made: it lacked evidence or broke
 * itself. It never counts as passed.
 */
export const VERDICTS = ['valid', 'invalid', 'unknown'] as const;

export type Verdict = (typeof VERDICTS)[number];

/** What one check found. `counts` are the figures, `witness` names the smallest set of facts that shows the violation. */
export interface CheckResult {
  readonly name: string;
  readonly verdict: Verdict;
  /** One sentence for the report. */
  readonly summary: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly witness: readonly string[];
}

/** A violation outranks ignorance, ignorance outranks acquittal; no check at all is `unknown`. */
export function mergeVerdicts(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('invalid')) return 'invalid';
  if (verdicts.length === 0 || verdicts.includes('unknown')) return 'unknown';
  return 'valid';
}
