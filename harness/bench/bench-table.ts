import { alignRows } from '../cli/aligned-rows.ts';
import { formatInterval } from '../report/figure-format.ts';
import { signOfExpectation } from '../report/verdict-sign.ts';
import type { BenchFigure, BenchOutcome } from './bench.ts';

const RIGHT = [1, 2];

/** The figures as a table, then the bars; without a line break at the end. */
export function renderOutcome({ figures, bars }: BenchOutcome): string {
  const lines = alignRows([['', 'median', '95 % interval', ''], ...figures.map(cellsOf)], RIGHT);
  const held = bars.map(({ text, met, observed }) => `${signOfExpectation(met).symbol} ${text}: ${observed}`);
  return [...lines, ...held].map((line) => `  ${line}`).join('\n');
}

function cellsOf({ what, unit, value }: BenchFigure): readonly string[] {
  return [what, threeDigits(value.median), formatInterval(value, threeDigits), unit];
}

/** As many decimals as give three digits; a figure of a bench may be far below one. */
export function threeDigits(value: number): string {
  const decimals = value === 0 ? 0 : Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toLocaleString('en-GB', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}
