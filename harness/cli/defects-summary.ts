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

/** Under the sign and its blank. */
const INDENT = '    ';

const TONES = Object.freeze({ passed: 'good', failed: 'bad', inconclusive: 'warn', interrupted: 'warn' } as const);

/**
 * The end of a run of defects as text for a terminal, without a line break at its end: for each defect the check that caught
 * it and what that saw, the good server, the verdict and its reasons.
 */
export function renderDefectsSummary(result: DefectsResult, { colour, width, folder }: DefectsSummaryOptions): string {
  const { trials, verdict, answer, reasons } = result;
  const longest = Math.max(...trials.map(({ defect }) => defect.length));
  const lines = trials.flatMap((trial) => {
    const { symbol, tone } = SIGNS[trial.verdict];
    const [title, facts] = describe(trial, longest);
    const shown = truncateText(printable(facts), Math.max(20, width - INDENT.length));
    return [`${emphasise(symbol, tone, colour)} ${title}`, `${INDENT}${emphasise(shown, 'quiet', colour)}`];
  });
  const reasonLines = reasons.flatMap((reason) => wrapText(`• ${printable(reason)}`, width, 2));
  return [
    ...lines,
    '',
    `${emphasise(verdict, TONES[verdict], colour)}: ${answer}`,
    ...reasonLines,
    `report  ${folder}/report.md`,
    ...nextLines(result, folder),
  ].join('\n');
}

/** `skip-locked → partition-order (commit-order)`, and under it what was seen. */
function describe({ defect, caughtBy, workload, verdict, witness, alsoCaughtBy }: TrialResult, longest: number) {
  if (caughtBy === null) return [`the good server (${workload}): ${verdict}`, witness] as const;
  const arrow = verdict === 'caught' ? '→' : 'not caught by';
  const also = alsoCaughtBy.length === 0 ? '' : `, also by ${alsoCaughtBy.join(', ')}`;
  return [`${defect.padEnd(longest)} ${arrow} ${caughtBy} (${workload})${also}`, witness] as const;
}

/** What to do after a run that did not pass, the command on a line of its own. */
function nextLines({ verdict, command, trials }: DefectsResult, folder: string): readonly string[] {
  if (verdict === 'passed') return [];
  const failed = trials.filter((trial) => !['caught', 'clean'].includes(trial.verdict) && trial.caughtBy !== null);
  const names = [...new Set(failed.map(({ defect }) => defect))];
  const again =
    verdict === 'interrupted' || names.length === 0 ? command : `npm run scenario -- defects --only ${names.join(',')}`;
  const advice =
    verdict === 'interrupted'
      ? 'the report holds what was tried until then; the whole run again:'
      : `the logs of each server are in ${folder}; once the check or the variant is mended, the same again:`;
  return [`next ${advice}`, `     ${again}`];
}
