import { provenArms } from './arm-figure.ts';
import { formatCount, formatSmall } from './figure-format.ts';
import type { ArmResult, Result } from './result.ts';

/** Titles of the costs in the order in which they are shown; what each is, docs/costs.md says. */
const TITLES: Readonly<Record<string, string>> = {
  serverCpuUs: 'server CPU µs',
  postgresCpuUs: 'PostgreSQL CPU µs',
  loadGeneratorCpuUs: 'generator CPU µs',
  statements: 'SQL statements',
  writeTransactions: 'write transactions',
  walBytes: 'WAL bytes',
  serverAllocatedBytes: 'server heap bytes',
  rowsWrittenWithDrain: 'rows written, with drain',
  walFsyncsWithDrain: 'WAL fsyncs, with drain',
};

/** How a cost is called in reports: `WAL bytes`; one that is not known here by its key. */
export function costTitle(name: string): string {
  return TITLES[name] ?? name;
}

/** What a message cost in each proven arm, as a table. */
export interface CostTable {
  /** What the first column names. */
  readonly corner: 'cost' | 'arm';
  readonly columns: readonly string[];
  readonly rows: readonly { readonly name: string; readonly cells: readonly string[] }[];
}

/**
 * Only costs that are known of some arm are shown, and after them the most connections the server held at once. What is fewer
 * goes across, the costs or the arms: a sweep has dozens of arms. Undefined when no cost is known.
 */
export function costTable(result: Result): CostTable | undefined {
  const arms = provenArms(result).map(({ arm }) => arm);
  const known = new Set(arms.flatMap(({ costs }) => Object.keys(costs)));
  if (known.size === 0) return undefined;
  const names = [...new Set([...Object.keys(TITLES), ...known])].filter((name) => known.has(name));
  const byCost = [
    ...names.map((name) => ({
      name: costTitle(name),
      cells: arms.map(({ costs }) => (costs[name] === undefined ? '–' : formatSmall(costs[name]))),
    })),
    {
      name: 'connections',
      cells: arms.map(({ connections }) => (connections.peak === 0 ? '?' : formatCount(connections.peak))),
    },
  ];
  const armNames = arms.map(({ name }) => name);
  if (arms.length <= byCost.length) return { corner: 'cost', columns: armNames, rows: byCost };
  return {
    corner: 'arm',
    columns: byCost.map(({ name }) => name),
    rows: armNames.map((name, index) => ({ name, cells: byCost.map(({ cells }) => cells[index] ?? '') })),
  };
}

/** The costs that tell most, in a few words; undefined when none of them is known. */
export function costSentence({ costs }: ArmResult): string | undefined {
  const parts = (
    [
      ['µs of server CPU', costs.serverCpuUs],
      ['µs of PostgreSQL CPU', costs.postgresCpuUs],
      ['bytes of WAL', costs.walBytes],
    ] as const
  ).flatMap(([unit, cost]) => (cost === undefined ? [] : [`${formatSmall(cost)} ${unit}`]));
  return parts.length === 0 ? undefined : `a message costs ${parts.join(', ')}`;
}
