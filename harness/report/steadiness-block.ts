import { codeSpan, markdownTable } from './markdown-text.ts';
import type { Result } from './result.ts';
import { steadinessFigures } from './steadiness-figure.ts';

/** How steady the arms' windows were, as Markdown: nothing, or a heading and a table. */
export function steadinessBlocks(result: Result): readonly string[] {
  const rows = steadinessFigures(result).map(({ arm, told, trend, variation, extended }) => [
    codeSpan(arm),
    told,
    trend,
    variation,
    extended,
  ]);
  const head = ['arm', 'measured window', 'trend:', 'variation:', 'extended:'];
  return rows.length === 0 ? [] : ['### Steadiness', markdownTable(head, rows)];
}
