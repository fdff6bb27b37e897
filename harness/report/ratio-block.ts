import { formatRatio } from './figure-format.ts';
import { codeSpan, markdownTable, markdownText } from './markdown-text.ts';
import { intervalOfRatio, titleOfRatio } from './ratio-title.ts';
import type { Result } from './result.ts';

/** Ratios of paired rounds as Markdown; nothing when there are none. */
export function ratioBlocks(ratios: Readonly<Result['ratios']>, arms: Readonly<Result['arms']>): readonly string[] {
  const ratioRows = ratios.map((ratio) => {
    const { pair, context } = titleOfRatio(ratio);
    const interval = intervalOfRatio(ratio, arms) ?? 'one round';
    return [codeSpan(pair), ratio.metric, `${formatRatio(ratio.median)}×`, interval, markdownText(context)].map(String);
  });
  return [
    ratioRows.length === 0 ? '' : '### Ratios of paired rounds',
    ratioRows.length === 0 ? '' : markdownTable(['pair', 'metric', 'median:', 'interval:', 'with'], ratioRows),
  ];
}
