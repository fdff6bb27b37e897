import Table from 'cli-table3';
import { figureOfArm } from '../report/arm-figure.ts';
import { formatCount, formatInterval, formatMs, formatRate } from '../report/figure-format.ts';
import { printable } from '../report/printable.ts';
import type { ArmResult, Result } from '../report/result.ts';
import { signOfVerdict } from '../report/verdict-sign.ts';
import { emphasise } from './terminal-style.ts';
import { textWidth, truncateText, wrapText } from './text-width.ts';

export interface ArmTableOptions {
  readonly width: number;
  readonly colour: boolean;
}

const HEAD = ['arm', 'msg/s', 'interval', 'p50 ms', 'p99 ms', 'errors', 'conns', 'proof'] as const;
const GAP = 2;
const MIN_ARM_COLUMNS = 12;
/** The columns that stand empty for an arm without a figure; the reason takes their place. */
const FIGURE_COLUMNS = 4;

/** Cells of one arm: its name, what it reached (or why there is no figure) and what is told in any case. */
interface ArmRow {
  readonly name: string;
  readonly figures: readonly string[] | string;
  readonly facts: readonly [errors: string, connections: string];
  readonly proof: string;
  readonly tone: 'good' | 'bad' | 'warn';
}

/**
 * The arms as a table without frames, at most `width` columns wide: long arm names
 * take several lines. An arm without a
 * proven figure shows the reason where its figures would stand. Connections are the peak and the budget.
 */
export function renderArmTable(result: Result, { width, colour }: ArmTableOptions): string {
  const rows = result.arms.map((arm) => rowOf(arm, result));
  const widths = columnWidths(rows, width);
  const table = new Table({
    chars: NO_FRAME,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colWidths: widths.map((columns, index) => (index === 0 ? columns : columns + GAP)),
    colAligns: HEAD.map((_, index) => (index === 0 || index === HEAD.length - 1 ? 'left' : 'right')),
  });
  const lastGap = ' '.repeat(GAP);
  table.push(
    HEAD.map((title, index) => emphasise(index === HEAD.length - 1 ? lastGap + title : title, 'quiet', colour)),
  );
  for (const { name, figures, facts, proof, tone } of rows) {
    const shownName = wrapText(name, widths[0] ?? MIN_ARM_COLUMNS, 1).join('\n');
    const shownProof = lastGap + emphasise(proof, tone, colour);
    if (typeof figures === 'string') {
      const room = widths.slice(1, 1 + FIGURE_COLUMNS).reduce((sum, columns) => sum + columns + GAP, 0);
      const reason = emphasise(truncateText(figures, room - GAP), tone, colour);
      table.push([shownName, { content: reason, colSpan: FIGURE_COLUMNS, hAlign: 'right' }, ...facts, shownProof]);
    } else {
      const [median = '', ...others] = figures;
      table.push([shownName, emphasise(median, 'strong', colour), ...others, ...facts, shownProof]);
    }
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function rowOf(arm: ArmResult, { checks }: Result): ArmRow {
  const figure = figureOfArm(arm, checks);
  const isRefused = arm.refused !== null;
  const sign = signOfVerdict(arm.verdict);
  const { latencyUs, connections } = arm;
  const { peak, budget } = connections;
  return {
    name: printable(arm.name),
    figures:
      figure.kind === 'none'
        ? `no figure: ${printable(figure.reason)}`
        : [
            formatRate(figure.throughput.median),
            arm.rounds > 1 ? formatInterval(figure.throughput, formatRate) : 'one round',
            latencyUs === null ? '–' : formatMs(latencyUs.p50),
            latencyUs === null ? '–' : formatMs(latencyUs.p99),
          ],
    facts: [
      isRefused ? '–' : formatCount(arm.errors.reduce((sum, { count }) => sum + count, 0)),
      isRefused ? '–' : `${formatCount(peak)}/${budget === null ? '?' : formatCount(budget)}`,
    ],
    proof: isRefused ? '– refused' : `${sign.symbol} ${sign.word}`,
    tone: isRefused ? 'warn' : sign.tone,
  };
}

/** Every column as wide as its widest cell; the arm's column gives way when the whole is too wide. */
function columnWidths(rows: readonly ArmRow[], width: number): readonly number[] {
  const cells = rows.map(({ name, figures, facts, proof }) => [
    name,
    ...(typeof figures === 'string' ? Array.from({ length: FIGURE_COLUMNS }, () => '') : figures),
    ...facts,
    proof,
  ]);
  const natural = HEAD.map((title, column) =>
    Math.max(textWidth(title), ...cells.map((row) => textWidth(row[column] ?? ''))),
  );
  const [arm = 0, ...others] = natural;
  const rest = others.reduce((sum, columns) => sum + columns + GAP, 0);
  return [Math.max(MIN_ARM_COLUMNS, Math.min(arm, width - rest)), ...others];
}

const NO_FRAME = Object.freeze({
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
});
