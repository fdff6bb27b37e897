import type { DefectsResult, TrialResult } from '../report/defects-result.ts';
import { printable } from '../report/printable.ts';
import { emphasise } from './terminal-style.ts';
import { truncateText, wrapText } from './text-width.ts';

export interface DefectsSummaryOptions {
  readonly colour: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** The report's folder as it is shown to the user. */
  readonly folder: string;
}

const SIGNS: Readonly<
  Record<TrialResult['verdict'], { readonly symbol: string; readonly tone: 'good' | 'bad' | 'warn' }>
> = Object.freeze({
  caught: { symbol: '✓', tone: 'good' },
  clean: { symbol: '✓', tone: 'good' },
  missed: { symbol: '✗', tone: 'bad' },
  accused: { symbol: '✗', tone: 'bad' },
  unknown: { symbol: '?', tone: 'warn' },
});

const TONES = Object.freeze({ passed: 'good', failed: 'bad', inconclusive: 'warn', interrupted: 'warn' } as const);

/**
 * The end of a run of defects as text for a terminal, without a line break at its end: for each defect the check that caught
 * it and what that saw, the good server, the verdict and its reasons.
 */
export function renderDefectsSummary(result: DefectsResult, { colour, width, folder }: DefectsSummaryOptions): string {
  const { trials, verdict, answer, reasons } = result;
  const rows = trials.map((trial) => rowOf(trial));
  const columns = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row, index) => {
    const { symbol, tone } = SIGNS[trials[index]?.verdict ?? 'unknown'];
    const [name = '', catcher = '', rest = ''] = row;
    const head = `${name.padEnd(columns[0] ?? 0)}  ${catcher.padEnd(columns[1] ?? 0)}  `;
    return `${emphasise(symbol, tone, colour)} ${head}${truncateText(rest, Math.max(20, width - head.length - 2))}`;
  });
  const reasonLines = reasons.flatMap((reason) => wrapText(`• ${printable(reason)}`, width, 2));
  return [
    ...lines,
    '',
    `${emphasise(verdict, TONES[verdict], colour)}: ${answer}`,
    ...reasonLines,
    `report  ${folder}/report.md`,
  ].join('\n');
}

function rowOf({ defect, caughtBy, workload, witness, alsoCaughtBy }: TrialResult): readonly [string, string, string] {
  const also = alsoCaughtBy.length === 0 || caughtBy === null ? '' : ` (also ${alsoCaughtBy.join(', ')})`;
  if (caughtBy === null) return ['the good server', '', printable(`${workload}: ${witness}`)];
  return [defect, caughtBy, printable(`${witness}${also}`)];
}
