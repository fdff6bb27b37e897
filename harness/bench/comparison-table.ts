import { alignRows } from '../cli/aligned-rows.ts';
import { formatInterval, formatRatio, formatUtc } from '../report/figure-format.ts';
import { printable } from '../report/printable.ts';
import type { BenchComparison } from './bench-comparison.ts';
import { threeDigits } from './bench-table.ts';
import type { SavedRun } from './saved-run.ts';

const RIGHT = [1, 2, 4, 5];
/** Of intervals of 95 %. */
const CHANCE = 0.05;

/** What is said of the runs beside their figures. */
interface ComparedRuns {
  readonly before: Pick<SavedRun, 'savedAt' | 'machine'>;
  readonly now: Pick<SavedRun, 'machine'>;
  /** See machineDifferences. */
  readonly differences: readonly string[];
}

/** A comparison as a table with what has to be known beside it; without a line break at the end. */
export function renderComparison(
  { figures, onlyNow, onlyBefore }: BenchComparison,
  { before, now, differences }: ComparedRuns,
): string {
  const rows = figures.map(({ bench, figure, before: saved, compared }) => [
    `${bench}: ${figure.what}`,
    threeDigits(saved.value.median),
    threeDigits(figure.value.median),
    figure.unit,
    ...('missing' in compared
      ? ['', '', `not compared: ${compared.missing}`]
      : [formatRatio(compared.ratio.median), formatInterval(compared.ratio, formatRatio), compared.difference]),
  ]);
  const title = ['', 'before', 'now', '', 'now/before', '95 % interval', ''];
  const judged = figures.filter(({ compared }) => !('missing' in compared)).length;
  return [
    ...differences.map((difference) => `WARNING: not the same machine; ${printable(difference)}`),
    ...(differences.length > 0 ? ['WARNING: the ratios below are of the machines as much as of the program'] : []),
    `Before: ${formatUtc(before.savedAt)}, ${printable(before.machine.git)}. Now: ${now.machine.git}.`,
    ...alignRows([title, ...rows], RIGHT).map((line) => `  ${line}`),
    ...onlyNow.map((name) => `  not compared: only measured now: ${name}`),
    ...onlyBefore.map((name) => `  not compared: only measured before: ${name}`),
    ...(judged > 0
      ? [
          `  Of ${judged} intervals of 95 %, about ${Math.ceil(judged * CHANCE)} miss 1 by chance, and a machine that is busier than it was`,
          '  looks like a slower program. This comparison never changes the exit code.',
        ]
      : []),
  ].join('\n');
}
