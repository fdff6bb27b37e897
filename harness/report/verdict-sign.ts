import type { Verdict } from '../checkers/verdict.ts';
import type { Result } from './result.ts';

/** How a verdict is shown: the tone picks the colour, the symbol says the same without colour. */
export interface VerdictSign {
  readonly symbol: string;
  readonly word: string;
  readonly tone: 'good' | 'bad' | 'warn';
}

const CHECK_SIGNS: Readonly<Record<Verdict, VerdictSign>> = Object.freeze({
  valid: { symbol: '✓', word: 'valid', tone: 'good' },
  invalid: { symbol: '✗', word: 'invalid', tone: 'bad' },
  unknown: { symbol: '?', word: 'unknown', tone: 'warn' },
});

const RESULT_SIGNS: Readonly<Record<Result['verdict'], VerdictSign>> = Object.freeze({
  passed: { symbol: '✓', word: 'passed', tone: 'good' },
  failed: { symbol: '✗', word: 'failed', tone: 'bad' },
  invalid: { symbol: '✗', word: 'invalid', tone: 'bad' },
  inconclusive: { symbol: '?', word: 'inconclusive', tone: 'warn' },
  interrupted: { symbol: '!', word: 'interrupted', tone: 'warn' },
});

const MEANINGS: Readonly<Record<Result['verdict'], string>> = Object.freeze({
  passed: 'Every check is valid and every expectation is met.',
  failed: 'The proof holds, but an expectation was not met.',
  invalid: 'The proof failed: a check found a violation, so the arm it hit has no figure.',
  inconclusive: 'Nothing was violated, but something could not be judged.',
  interrupted: 'The run was stopped before its end; this report is partial.',
});

/** Sign of one check's or one arm's verdict. */
export function signOfVerdict(verdict: Verdict): VerdictSign {
  return CHECK_SIGNS[verdict];
}

/** Sign of the verdict over the whole result. */
export function signOfResult(verdict: Result['verdict']): VerdictSign {
  return RESULT_SIGNS[verdict];
}

/** One sentence that says what the verdict over the whole result means. */
export function meaningOfResult(verdict: Result['verdict']): string {
  return MEANINGS[verdict];
}

/** Sign of an expectation: met, not met, or not known (null). */
export function signOfExpectation(met: boolean | null): VerdictSign {
  if (met === null) return { symbol: '?', word: 'not known', tone: 'warn' };
  return met ? { symbol: '✓', word: 'met', tone: 'good' } : { symbol: '✗', word: 'not met', tone: 'bad' };
}
