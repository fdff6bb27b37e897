import type { Consumption, Missing } from '../history/evidence.ts';
import { groupName } from './delivery-witness.ts';
import type { CheckResult } from './verdict.ts';
import type { Violations } from './violations.ts';

/** What a check has found, before it is a verdict. */
export interface Findings {
  readonly violations: Pick<Violations<string>, 'counts' | 'summary' | 'witness'>;
  /** What would have to be known to acquit. */
  readonly gaps: readonly string[];
  /** Figures beside those of the violations. */
  readonly counts: Readonly<Record<string, number>>;
  /** Summary of a valid check. */
  readonly acquittal: string;
}

/** A violation outranks ignorance, ignorance outranks acquittal. */
export function conclude(name: string, { violations, gaps, counts, acquittal }: Findings): CheckResult {
  const result = { name, counts: { ...counts, ...violations.counts }, witness: violations.witness };
  if (violations.summary !== '') return { ...result, verdict: 'invalid', summary: violations.summary };
  if (gaps.length > 0) return { ...result, verdict: 'unknown', summary: `cannot be judged: ${gaps.join('; ')}` };
  return { ...result, verdict: 'valid', summary: acquittal };
}

/** The check has nothing to look at. */
export function cannotJudge(name: string, { missing }: Missing): CheckResult {
  return { name, verdict: 'unknown', summary: `cannot be judged: ${missing}`, counts: {}, witness: [] };
}

/** Why the groups cannot be said to have been given all there was; none when each drain was complete. */
export function drainGaps({ history, drained }: Pick<Consumption, 'history' | 'drained'>): readonly string[] {
  return history.groups.flatMap((name, group) => {
    const end = drained[group] ?? 'nobody drained it';
    return end === true ? [] : [`the drain of ${groupName(name)} was not complete: ${end}`];
  });
}

export function figure(count: number): string {
  return count.toLocaleString('en-GB');
}
