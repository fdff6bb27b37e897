import type { Result } from '../result.ts';
import { steadinessFigures } from '../steadiness-figure.ts';
import type { SteadinessRecord } from '../steadiness-record.ts';
import type { VerdictSign } from '../verdict-sign.ts';
import { badge } from './lead-section.ts';
import { html, type Markup } from './markup.ts';
import { type Column, table } from './table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'arm', kind: 'text' },
  { title: 'window', kind: 'text' },
  { title: 'in rounds', kind: 'number' },
  { title: 'trend', kind: 'number' },
  { title: 'variation', kind: 'number' },
  { title: 'extended', kind: 'number' },
];

const SIGNS: Readonly<Record<SteadinessRecord['verdict'], Pick<VerdictSign, 'symbol' | 'tone'>>> = {
  steady: { symbol: '✓', tone: 'good' },
  unsteady: { symbol: '~', tone: 'warn' },
  unknown: { symbol: '?', tone: 'warn' },
};

/** Whether each arm's measured window drifted or varied; undefined when that was not judged. */
export function steadinessPanel(result: Result): Markup | undefined {
  const rows = steadinessFigures(result).map(({ arm, verdict, inRounds, trend, variation, extended }) => [
    arm,
    badge({ ...SIGNS[verdict], word: verdict }),
    inRounds,
    trend,
    variation,
    extended,
  ]);
  if (rows.length === 0) return undefined;
  return html`<div class="panel"><h3>Steadiness</h3>
<p class="note">Trend: how much throughput rose or fell over the measured window of the worst round, of its mean. Variation: what is left without the trend, as a coefficient of variation. Extended: how much later the window began because it was unsteady before.</p>
${table('Steadiness by arm', COLUMNS, rows)}</div>`;
}
