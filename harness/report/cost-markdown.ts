import { costTable } from './cost-figure.ts';
import { formatInterval, formatRate } from './figure-format.ts';
import { markdownTable, markdownText } from './markdown-text.ts';
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
  const table = costTable(result);
  if (table === undefined) return [];
  return [
    '### Cost of one acknowledged message',
    markdownTable(
      [table.corner, ...table.columns.map((title) => `${markdownText(title)}:`)],
      table.rows.map(({ name, cells }) => [markdownText(name), ...cells]),
    ),
  ];
}
