import Table from 'cli-table3';
import { emphasise } from '../cli/terminal-style.ts';
import { textWidth, truncateText } from '../cli/text-width.ts';
import { printable } from '../report/printable.ts';
import type { GateMetricResult } from './gate-result.ts';
import { signOfMetric } from './gate-sign.ts';
import { formatChange, formatChanges, metricFigure, metricTitle } from './metric-title.ts';

const TITLES = ['arm', 'metric', 'base', 'candidate', 'change', 'interval', 'verdict'] as const;
const GAP = 2;
const MIN_ARM_COLUMNS = 8;

/** One line a metric, the worst first as they come; the arm's name gives way where it has to. */
export function renderGateTable(
  metrics: readonly GateMetricResult[],
  { width, colour }: { readonly width: number; readonly colour: boolean },
): string {
  const rows = metrics.map((one) => [printable(one.arm), ...cellsOf(one)]);
  const widths = TITLES.map((title, column) =>
    Math.max(textWidth(title), ...rows.map((row) => textWidth(row[column] ?? ''))),
  );
  const others = widths.slice(1).reduce((sum, columns) => sum + columns + GAP, 0);
  const armColumns = Math.max(MIN_ARM_COLUMNS, Math.min(widths[0] ?? 0, width - others));
  const table = new Table({
    chars: {
      ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
      ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
      ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: ' '.repeat(GAP) },
    },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: TITLES.map((title) => (title === 'arm' || title === 'metric' || title === 'verdict' ? 'left' : 'right')),
  });
  table.push(TITLES.map((title) => emphasise(title, 'quiet', colour)));
  for (const [index, [arm = '', ...cells]] of rows.entries()) {
    const { tone } = signOfMetric(metrics[index]?.verdict ?? 'inconclusive');
    const verdict = emphasise(cells.at(-1) ?? '', tone, colour);
    table.push([truncateText(arm, armColumns), ...cells.slice(0, -1), verdict]);
  }
  const lines = table.toString().split('\n');
  return lines.map((line) => line.trimEnd()).join('\n');
}

function cellsOf({ metric, base, candidate, ratio, verdict }: GateMetricResult): readonly string[] {
  const { symbol, word } = signOfMetric(verdict);
  return [
    metricTitle(metric),
    metricFigure(metric, base),
    metricFigure(metric, candidate),
    ratio === null ? '–' : formatChange(ratio.estimate),
    ratio === null ? '–' : formatChanges(ratio),
    `${symbol} ${word}`,
  ];
}
