import { codeSpan, markdownTable } from './markdown-text.ts';
import { openLoopFigures } from './open-loop-figure.ts';
import type { Result } from './result.ts';

/** The open loops as Markdown: nothing, or a heading and a table. */
export function openLoopBlocks(result: Result): readonly string[] {
  const rows = openLoopFigures(result).map((figure) => [
    codeSpan(figure.arm),
    figure.offered,
    figure.achieved,
    figure.sendLagMs,
    figure.wakeLagMs,
    figure.late,
    figure.unacknowledged,
  ]);
  const head = [
    'arm',
    'offered/s:',
    'achieved/s:',
    'send lag p50 / p99 ms:',
    'of that the generator’s ms:',
    'late:',
    'without latency:',
  ];
  return rows.length === 0
    ? []
    : [
        '### Open loop: requests at intended times',
        'Latency counts from the intended time.',
        markdownTable(head, rows),
      ];
}
