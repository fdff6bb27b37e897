import { codeSpan, markdownTable, markdownText } from './markdown-text.ts';
import type { Result } from './result.ts';
import { saturationFigures } from './saturation-figure.ts';

const LEVEL_HEAD = ['of capacity', 'requests/s:', 'p50 ms:', 'p99 ms:', 'p99.9 ms:', 'send lag p99 ms:', 'sustained'];
const STEP_HEAD = ['round', 'phase', 'offered/s:', 'achieved/s:', 'sustained', 'why not'];

/** What the arms sustain, as Markdown: nothing, or a heading and for each arm a sentence and its tables. */
export function saturationBlocks(result: Result): readonly string[] {
  const blocks = saturationFigures(result).flatMap(({ arm, clause, levels, steps }) => [
    `${codeSpan(arm)} ${markdownText(clause)}.`,
    levels.length === 0
      ? ''
      : markdownTable(
          LEVEL_HEAD,
          levels.map((level) => [
            level.share,
            level.offered,
            level.p50Ms,
            level.p99Ms,
            level.p999Ms,
            level.sendLagP99Ms,
            level.sustained,
          ]),
        ),
    'Rates that were tried:',
    markdownTable(
      STEP_HEAD,
      steps.map(({ round, phase, offered, achieved, isSustained, reasons }) => [
        round,
        phase,
        offered,
        achieved,
        isSustained ? 'yes' : 'no',
        markdownText(reasons),
      ]),
    ),
  ]);
  return blocks.length === 0 ? [] : ['### Saturation: the highest rate that is sustained', ...blocks];
}
