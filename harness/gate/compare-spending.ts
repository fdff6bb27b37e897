import type { FunctionCosts } from '../profile/function-costs.ts';
import type { GateAttribution } from './gate-result.ts';
import type { Sides } from './slice-order.ts';
import type { StatementCount } from './statement-counts.ts';

/** What is told of each kind: a loss has few causes, and the rest of the list is noise. */
const SHOWN = 8;
/** Below this share of all that was spent, a difference is no cause of anything. */
const SMALL_SHARE = 0.002;

type Functions = Pick<FunctionCosts, 'functions' | 'outside'>;

const WAITING: readonly string[] = ['(idle)', '(profiler)'];

/**
 * Functions by how much more or less CPU time a message costs in them, the largest difference first; microseconds a message.
 * A function is known by its name and file: its line is another one in another version.
 */
export function compareFunctions(costs: Sides<Functions>, messages: Sides<number>): GateAttribution['functions'] {
  const base = perMessage(costs.base, messages.base);
  const candidate = perMessage(costs.candidate, messages.candidate);
  const all = [...base.values()].reduce((sum, self) => sum + self, 0);
  return [...new Set([...base.keys(), ...candidate.keys()])]
    .map((name) => ({ name, base: base.get(name) ?? 0, candidate: candidate.get(name) ?? 0 }))
    .filter((one) => Math.abs(one.candidate - one.base) > all * SMALL_SHARE)
    .toSorted((a, b) => Math.abs(b.candidate - b.base) - Math.abs(a.candidate - a.base))
    .slice(0, SHOWN);
}

function perMessage({ functions, outside }: Functions, messages: number): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  const add = (name: string, self: number) => sums.set(name, (sums.get(name) ?? 0) + self / Math.max(1, messages));
  for (const { name, place, self } of functions) add(`${name} ${place.replace(/:\d+$/, '')}`.trim(), self);
  for (const { name, self } of outside) if (!WAITING.includes(name)) add(name, self);
  return sums;
}

/**
 * Statements by how much more or less time a message costs in them. One that only one version has is there with 0 executions
 * and no mean time in the other.
 */
export function compareStatements(
  counts: Sides<readonly StatementCount[]>,
  messages: Sides<number>,
): GateAttribution['statements'] {
  const [base, candidate] = [byText(counts.base), byText(counts.candidate)];
  const all = counts.base.reduce((sum, { totalUs }) => sum + totalUs, 0) / Math.max(1, messages.base);
  return [...new Set([...base.keys(), ...candidate.keys()])]
    .map((text) => {
      const [before, after] = [base.get(text), candidate.get(text)];
      const cost = (one: StatementCount | undefined, of: number) => (one?.totalUs ?? 0) / Math.max(1, of);
      return {
        moved: Math.abs(cost(after, messages.candidate) - cost(before, messages.base)),
        statement: {
          text,
          calls: {
            base: (before?.calls ?? 0) / Math.max(1, messages.base),
            candidate: (after?.calls ?? 0) / Math.max(1, messages.candidate),
          },
          meanUs: { base: meanUs(before), candidate: meanUs(after) },
        },
      };
    })
    .filter(({ moved }) => moved > all * SMALL_SHARE)
    .toSorted((a, b) => b.moved - a.moved)
    .slice(0, SHOWN)
    .map(({ statement }) => statement);
}

function byText(counts: readonly StatementCount[]): ReadonlyMap<string, StatementCount> {
  return new Map(counts.map((count) => [count.text, count]));
}

function meanUs(count: StatementCount | undefined): number | null {
  return count === undefined || count.calls === 0 ? null : count.totalUs / count.calls;
}
