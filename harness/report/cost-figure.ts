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

/** What a message cost in each proven arm, as a table; without rows when nothing is known. */
export interface CostFigures {
  readonly titles: readonly string[];
  readonly rows: readonly { readonly arm: ArmResult; readonly cells: readonly string[] }[];
}

/** Only costs that are known of some arm have a column; the last column is the most connections the server held at once. */
export function costFigures(result: Result): CostFigures {
  const arms = provenArms(result).map(({ arm }) => arm);
  const known = new Set(arms.flatMap(({ costs }) => Object.keys(costs)));
  if (known.size === 0) return { titles: [], rows: [] };
  const names = [
    ...Object.keys(TITLES).filter((name) => known.has(name)),
    ...[...known].filter((name) => !(name in TITLES)),
  ];
  return {
    titles: [...names.map((name) => TITLES[name] ?? name), 'connections'],
    rows: arms.map((arm) => ({
      arm,
      cells: [
        ...names.map((name) => (arm.costs[name] === undefined ? '–' : formatSmall(arm.costs[name]))),
        arm.connections.peak === 0 ? '?' : formatCount(arm.connections.peak),
      ],
    })),
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
