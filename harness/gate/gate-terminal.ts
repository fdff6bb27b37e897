import { emphasise } from '../cli/terminal-style.ts';
import { wrapText } from '../cli/text-width.ts';
import { formatDuration, formatSmall } from '../report/figure-format.ts';
import { printable } from '../report/printable.ts';
import { blockCount } from './block-count.ts';
import type { GateResult } from './gate-result.ts';
import { signOfGate } from './gate-sign.ts';
import { renderGateTable } from './gate-table.ts';
import { formatChange, metricTitle } from './metric-title.ts';

interface GateSummaryOptions {
  readonly colour: boolean;
  readonly width: number;
  /** Of the report, as it is shown. */
  readonly folder: string;
}

const MAX_WIDTH = 100;
const MIN_WIDTH = 72;
const SHOWN_REASONS = 6;
const SHOWN_FUNCTIONS = 4;

const NEXT: Readonly<Record<GateResult['verdict'], string | undefined>> = {
  pass: undefined,
  fail: 'look at what moved; a loss that is meant is let through by a larger --tolerated and --margin, or by the new version becoming the base',
  inconclusive: 'give it more time (--minutes), a quieter machine, or tolerate more (--tolerated)',
  invalid: 'the history of the block is in the report folder: npm run recheck -- reports/gate/latest judges it again',
  interrupted: undefined,
};

/** The end of a gate as text for a terminal of at most 100 columns, without a line break at its end. */
export function renderGateSummary(result: GateResult, { colour, width: columns, folder }: GateSummaryOptions): string {
  const width = Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, columns));
  const sign = signOfGate(result.verdict);
  const wrap = (text: string, indent = 2) => wrapText(printable(text), width, indent);
  const reasons = result.reasons.slice(0, SHOWN_REASONS);
  const left = result.reasons.length - reasons.length;
  const next = NEXT[result.verdict];
  const verdict = `${sign.symbol} ${sign.word}: ${result.answer}`;
  const paragraphs: readonly (readonly string[])[] = [
    result.metrics.length === 0 ? [] : [renderGateTable(result.metrics, { width, colour })],
    attributionLines(result).flatMap((line) => wrap(line)),
    result.notes.flatMap((note) => wrap(`! ${note}`)),
    [
      ...wrap(verdict).map((line) => emphasise(line, sign.tone, colour)),
      ...reasons.flatMap((reason) => wrap(`  ${reason}`, 4)),
      ...(left > 0 ? [`  and ${left} more in the report`] : []),
    ],
    [
      `${blockCount(result.blocks.length)}, ${formatDuration(result.durationMs)}, exit code ${result.exitCode}`,
      `report  ${folder}/gate.md`,
      ...(next === undefined ? [] : wrap(`next    ${next}`, 8)),
    ],
  ];
  return paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function attributionLines({ attribution }: GateResult): readonly string[] {
  if (attribution === null) return [];
  const [cost] = attribution.costs;
  const functions = attribution.functions.slice(0, SHOWN_FUNCTIONS).map(({ name, base, candidate }) => {
    const difference = candidate - base;
    return `  ${difference < 0 ? '−' : '+'}${formatSmall(Math.abs(difference))} µs a message in ${name}`;
  });
  return [
    ...(cost === undefined
      ? []
      : [
          `what moved most: ${cost.arm}, ${metricTitle({ name: cost.cost, kind: 'cost' })} ${formatChange(cost.ratio)}`,
        ]),
    ...functions,
    ...attribution.missing.map((text) => `  not found out: ${text}`),
  ];
}
