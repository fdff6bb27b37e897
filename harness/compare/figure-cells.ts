import { formatInterval, formatMs, formatRate, formatRatio, formatSmall } from '../report/figure-format.ts';
import type { Change, ComparedArm, ComparedFigure } from './comparison.ts';

/** What stands in the columns behind a figure's title. */
export const FIGURE_COLUMNS = ['before', 'after', 'ratio', 'interval', ''] as const;

const NOTHING = '–';

/** A figure in words: both values, their ratio, its interval, and what that says. */
export function figureCells(figure: ComparedFigure, arm: ComparedArm): readonly string[] {
  const { name, before, after, ratio, interval, change, better } = figure;
  const isRate = name === 'throughputMsgPerS' || name === 'ceilingFraction';
  const text = (value: number | null, isBound: boolean) =>
    value === null ? NOTHING : `${isBound && isRate ? '≥ ' : ''}${format(name, value)}`;
  return [
    text(before, arm.isLowerBound.before),
    text(after, arm.isLowerBound.after),
    ratio === null ? NOTHING : `${formatRatio(ratio)}×`,
    interval === null ? '' : formatInterval({ median: 0, ...interval }, formatRatio),
    changeWord(change, better),
  ];
}

function changeWord(change: Change, better: ComparedFigure['better']): string {
  if (change === 'open') return 'not told apart';
  if (change === 'unknown') return '';
  return (change === 'better') === (better === 'higher') ? `higher: ${change}` : `lower: ${change}`;
}

function format(name: string, value: number): string {
  if (name === 'throughputMsgPerS') return formatRate(value);
  if (name === 'ceilingFraction') return formatRatio(value);
  if (name.startsWith('latency')) return formatMs(value);
  return formatSmall(value);
}
