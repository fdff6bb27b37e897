import type { CheckRecord } from './result.ts';

/** What became of an arm's messages over all its rounds; a stage is null when a round had nothing to count it by. */
export interface AccountingTotals {
  readonly arm: string;
  readonly rounds: number;
  readonly attempted: number | null;
  readonly acknowledged: number | null;
  readonly stored: number | null;
  readonly delivered: number | null;
  /** The other counts worth a column: always lost and duplicated, of the rest those that are not 0. */
  readonly others: Readonly<Record<string, number>>;
}

const STAGES = ['attempted', 'acknowledged', 'stored', 'delivered'] as const;
const ALWAYS_TOLD: readonly string[] = ['lost', 'duplicated'];

/** Adds up the counts of the accounting checks, one entry for each arm that was judged, in the order given. */
export function accountingTotals(checks: readonly CheckRecord[]): readonly AccountingTotals[] {
  const byArm = Map.groupBy(
    checks.filter(({ name }) => name === 'accounting'),
    ({ arm }) => arm,
  );
  return [...byArm].map(([arm, records]) => {
    const [attempted, acknowledged, stored, delivered] = STAGES.map((stage) => sum(records, stage));
    return {
      arm,
      rounds: records.length,
      attempted: attempted ?? null,
      acknowledged: acknowledged ?? null,
      stored: stored ?? null,
      delivered: delivered ?? null,
      others: otherCounts(records),
    };
  });
}

function sum(records: readonly CheckRecord[], key: string): number | null {
  let total = 0;
  for (const { counts } of records) {
    const count = counts[key];
    if (count === undefined) return null;
    total += count;
  }
  return total;
}

function otherCounts(records: readonly CheckRecord[]): Readonly<Record<string, number>> {
  const keys = new Set(records.flatMap(({ counts }) => Object.keys(counts)));
  const told = [
    ...ALWAYS_TOLD.filter((key) => keys.has(key)),
    ...[...keys].filter((key) => !ALWAYS_TOLD.includes(key)),
  ];
  const shown = told
    .filter((key) => !STAGES.some((stage) => stage === key) && key !== 'queued')
    .map((key) => [key, records.reduce((total, { counts }) => total + (counts[key] ?? 0), 0)] as const)
    .filter(([key, count]) => count !== 0 || ALWAYS_TOLD.includes(key));
  return Object.fromEntries(shown);
}
