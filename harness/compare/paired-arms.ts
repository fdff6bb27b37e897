import type { ArmResult } from '../report/result.ts';
import type { Difference } from './comparison.ts';

/** The arms of two runs, matched. */
export interface PairedArms {
  readonly pairs: readonly { readonly before: ArmResult; readonly after: ArmResult }[];
  readonly onlyBefore: readonly ArmResult[];
  readonly onlyAfter: readonly ArmResult[];
}

/**
 * Matches arms by their name and then, because a name tells only what varies in its run, by all their parameters. Those of one
 * name may still differ in parameters: see {@link parameterDifferences}.
 */
export function pairArms(before: readonly ArmResult[], after: readonly ArmResult[]): PairedArms {
  const byName = before.flatMap((arm) => {
    const other = after.find(({ name }) => name === arm.name);
    return other === undefined ? [] : [{ before: arm, after: other }];
  });
  const free = <Arm extends ArmResult>(arms: readonly Arm[], taken: readonly ArmResult[]) =>
    arms.filter((arm) => !taken.includes(arm));
  const byParameters: { before: ArmResult; after: ArmResult }[] = [];
  for (const arm of free(
    before,
    byName.map((pair) => pair.before),
  )) {
    const taken = [...byName, ...byParameters].map((pair) => pair.after);
    const other = free(after, taken).find((candidate) => parameterDifferences(arm, candidate).length === 0);
    if (other !== undefined) byParameters.push({ before: arm, after: other });
  }
  const pairs = [...byName, ...byParameters];
  return {
    pairs,
    onlyBefore: free(
      before,
      pairs.map((pair) => pair.before),
    ),
    onlyAfter: free(
      after,
      pairs.map((pair) => pair.after),
    ),
  };
}

/** In which parameters two arms differ: then they answer different questions. */
export function parameterDifferences(before: ArmResult, after: ArmResult): readonly Difference[] {
  const keys = new Set([...Object.keys(before.parameters), ...Object.keys(after.parameters)]);
  return [...keys].flatMap((name) => {
    const [was, is] = [before.parameters[name], after.parameters[name]].map(textOf);
    return was === is ? [] : [{ name, before: was ?? '', after: is ?? '', isHarmless: false }];
  });
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return 'not set';
  return typeof value === 'string' ? value : JSON.stringify(sorted(value));
}

/** The order in which keys were written says nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => [key, sorted(entry)]),
  );
}
