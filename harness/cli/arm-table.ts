import Table from 'cli-table3';
import { figureOfArm, throughputText } from '../report/arm-figure.ts';
import { formatCount, formatInterval, formatMs, formatRate } from '../report/figure-format.ts';
import { printable } from '../report/printable.ts';
import type { ArmResult, Result } from '../report/result.ts';
import { signOfVerdict } from '../report/verdict-sign.ts';
import { emphasise } from './terminal-style.ts';
import { textWidth, wrapText } from './text-width.ts';

export interface ArmTableOptions {
  readonly width: number;
  readonly colour: boolean;
}

const FIGURES = ['msg/s', 'interval', 'p50 ms', 'p99 ms'] as const;
const FACTS = ['errors', 'conns'] as const;
/** Between columns: one blank is the table's own separator, the other stands in the cell. */
const SEPARATOR = ' ';
const GAP = 2;
const MIN_ARM_COLUMNS = 12;

/** Cells of one arm: its name, what it reached (or why there is no figure) and what is told in any case. */
interface ArmRow {
  readonly name: string;
  /** One for each title of FIGURES, or the reason that stands in their place. */
  readonly figures: readonly string[] | string;
  readonly facts: readonly [errors: string, connections: string];
  readonly proof: string;
  readonly tone: 'good' | 'bad' | 'warn';
}

/**
 * The arms as a table without frames, at most `width` columns wide (not less than 72): long arm names take several lines,
 * and the interval is left out where it does not fit. An arm without a proven figure shows the reason where its figures
 * would stand. Connections are the peak and the budget.
 */
export function renderArmTable(result: Result, { width, colour }: ArmTableOptions): string {
  const all = result.arms.map((arm) => rowOf(arm, result));
  const isTight = restOf(all, FIGURES) + MIN_ARM_COLUMNS > width;
  const titles = isTight ? FIGURES.filter((title) => title !== 'interval') : FIGURES;
  const rows = isTight ? all.map(withoutInterval) : all;
  const armColumns = Math.max(3, Math.min(width - restOf(rows, titles), ...[longestName(rows)]));
  const widths = [armColumns, ...columnWidths(rows, titles)];
  const table = new Table({
    chars: frame(),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colWidths: widths.map((columns, index) => (index === 0 ? columns : columns + GAP - SEPARATOR.length)),
    colAligns: widths.map((_, index) => (index === 0 || index === widths.length - 1 ? 'left' : 'right')),
  });
  const last = (text: string) => ' '.repeat(GAP - SEPARATOR.length) + text;
  table.push(['arm', ...titles, ...FACTS, last('proof')].map((title) => emphasise(title, 'quiet', colour)));
  for (const { name, figures, facts, proof, tone } of rows) {
    const shownName = wrapText(name, armColumns, 1).join('\n');
    const shownProof = last(emphasise(proof, tone, colour));
    if (typeof figures === 'string') {
      const room = widths.slice(1, 1 + titles.length).reduce((sum, columns) => sum + columns + GAP, -GAP);
      const reason = wrapText(figures, room, 0)
        .map((line) => emphasise(line, tone, colour))
        .join('\n');
      table.push([shownName, { content: reason, colSpan: titles.length, hAlign: 'right' }, ...facts, shownProof]);
    } else {
      const [median = '', ...others] = figures;
      table.push([shownName, emphasise(median, 'strong', colour), ...others, ...facts, shownProof]);
    }
  }
  const lines = table.toString().split('\n');
  return lines.map((line) => line.trimEnd()).join('\n');
}

function rowOf(arm: ArmResult, { checks }: Result): ArmRow {
  const isRefused = arm.refused !== null;
  const sign = signOfVerdict(arm.verdict);
  const { peak, budget } = arm.connections;
  return {
    name: printable(arm.name),
    figures: figuresOf(arm, figureOfArm(arm, checks)),
    facts: [
      isRefused ? '–' : formatCount(arm.errors.reduce((sum, { count }) => sum + count, 0)),
      isRefused ? '–' : `${peak === 0 ? '?' : formatCount(peak)}/${budget === null ? '?' : formatCount(budget)}`,
    ],
    proof: isRefused ? '– refused' : `${sign.symbol} ${sign.word}`,
    tone: isRefused ? 'warn' : sign.tone,
  };
}

function figuresOf(arm: ArmResult, figure: ReturnType<typeof figureOfArm>): ArmRow['figures'] {
  if (figure.kind === 'none') return `no figure: ${printable(figure.reason)}`;
  const { rounds, latencyUs } = arm;
  return [
    throughputText(arm, figure.throughput),
    rounds > 1 ? formatInterval(figure.throughput, formatRate) : 'one round',
    latencyUs === null ? '–' : formatMs(latencyUs.p50),
    latencyUs === null ? '–' : formatMs(latencyUs.p99),
  ];
}

function withoutInterval(row: ArmRow): ArmRow {
  if (typeof row.figures === 'string') return row;
  return { ...row, figures: row.figures.filter((_, index) => FIGURES[index] !== 'interval') };
}

function longestName(rows: readonly ArmRow[]): number {
  return Math.max(...['arm', ...rows.map(({ name }) => name)].map(textWidth));
}

/** Every column but the arm's as wide as its widest cell; a reason takes the width that the figures' columns have. */
function columnWidths(rows: readonly ArmRow[], titles: readonly string[]): readonly number[] {
  const cells = rows.map(({ figures, facts, proof }) => [
    ...(typeof figures === 'string' ? titles.map(() => '') : figures),
    ...facts,
    proof,
  ]);
  return [...titles, ...FACTS, 'proof'].map((title, column) =>
    Math.max(textWidth(title), ...cells.map((row) => textWidth(row[column] ?? ''))),
  );
}

/** Columns that all but the arm's name take, gaps included. */
function restOf(rows: readonly ArmRow[], titles: readonly string[]): number {
  return columnWidths(rows, titles).reduce((sum, columns) => sum + columns + GAP, 0);
}

function frame() {
  const none = ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) => [
    side,
    `${side}-mid`,
    `${side}-left`,
    `${side}-right`,
  ]);
  return { ...Object.fromEntries(none.map((side) => [side, ''])), middle: SEPARATOR };
}
