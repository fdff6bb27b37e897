import { mergeVerdicts, type Verdict } from '../checkers/verdict.ts';
import type { Result } from '../report/result.ts';
import { signOfExpectation } from '../report/verdict-sign.ts';
import type { ChangedVerdict } from './comparison.ts';

/** Checks whose verdict is not the same, the worst of the rounds for each arm; those that only one run made are among them. */
export function changedChecks(before: Result, after: Result): readonly ChangedVerdict[] {
  return changed(verdictsOf(before), verdictsOf(after));
}

/** Expectations that are met in one run, and not, or not known to be, in the other. */
export function changedExpectations(before: Result, after: Result): readonly ChangedVerdict[] {
  const words = ({ expectations }: Result) =>
    new Map(expectations.map(({ text, met }) => [text, signOfExpectation(met).word] as const));
  return changed(words(before), words(after));
}

function verdictsOf({ checks }: Result): ReadonlyMap<string, Verdict> {
  const byCheck = Map.groupBy(checks, ({ arm, name }) => `${arm}: ${name}`);
  return new Map(
    [...byCheck].map(([of, records]) => [of, mergeVerdicts(records.map(({ verdict }) => verdict))] as const),
  );
}

function changed(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly ChangedVerdict[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((of) => {
    const [was, is] = [before.get(of) ?? null, after.get(of) ?? null];
    return was === is ? [] : [{ of, before: was, after: is }];
  });
}
