import { costFigures } from './cost-figure.ts';
import { formatInterval, formatRate } from './figure-format.ts';
import { codeSpan, markdownTable, markdownText } from './markdown-text.ts';
import { partCeilingFigure } from './part-ceiling-figure.ts';
import type { Result } from './result.ts';

/** What plain SQL and the parts of the system reach, as blocks of Markdown. */
export function ceilingBlocks({ ceilings, partCeilings = [] }: Result): readonly string[] {
  const rows = ceilings.map(({ batch, payloadBytes, partitions, throughputMsgPerS }) => [
    `batch ${batch}, ${payloadBytes} B, ${partitions} partitions`,
    formatRate(throughputMsgPerS.median),
    formatInterval(throughputMsgPerS, formatRate),
  ]);
  const parts = partCeilings.map(partCeilingFigure).map(({ what, perS, unit }) => [what, perS, unit]);
  return [
    rows.length === 0 ? '' : '### Ceiling: plain SQL on the same tables',
    rows.length === 0 ? '' : markdownTable(['rows', 'msg/s:', 'interval:'], rows),
    parts.length === 0 ? '' : '### What the parts reach by themselves',
    parts.length === 0 ? '' : markdownTable(['part', 'a second:', 'unit'], parts),
  ];
}

/** What a message cost, as blocks of Markdown. */
export function costBlocks(result: Result): readonly string[] {
  const { titles, rows } = costFigures(result);
  if (rows.length === 0) return [];
  return [
    '### Cost of one acknowledged message',
    markdownTable(
      ['arm', ...titles.map((title) => `${markdownText(title)}:`)],
      rows.map(({ arm, cells }) => [codeSpan(arm.name), ...cells]),
    ),
  ];
}
