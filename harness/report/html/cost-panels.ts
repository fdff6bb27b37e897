import { provenArms } from '../arm-figure.ts';
import { costTable } from '../cost-figure.ts';
import { formatInterval, formatRate } from '../figure-format.ts';
import { partCeilingFigure } from '../part-ceiling-figure.ts';
import type { Result } from '../result.ts';
import { html, type Markup } from './markup.ts';
import { type Column, table } from './table.ts';

/** What plain SQL reaches, and what the parts of the system reach by themselves. */
export function ceilingPanel({ ceilings, partCeilings = [] }: Result): Markup | undefined {
  if (ceilings.length === 0) return undefined;
  const columns: readonly Column[] = [
    { title: 'rows', kind: 'text' },
    { title: 'msg/s', kind: 'number' },
    { title: 'interval', kind: 'number' },
    { title: 'by round', kind: 'wide' },
  ];
  const rows = ceilings.map(({ batch, payloadBytes, partitions, throughputMsgPerS, byRound }) => [
    `batch ${batch}, ${payloadBytes} B, ${partitions} partitions`,
    html`<b>${formatRate(throughputMsgPerS.median)}</b>`,
    formatInterval(throughputMsgPerS, formatRate),
    byRound.map(formatRate).join(' · '),
  ]);
  return html`<div class="panel"><h3>Ceiling</h3>
<p class="note">What plain SQL reaches on the same tables of the same PostgreSQL in the same run, without a server between.</p>
${table('Ceilings', columns, rows)}</div>
${partPanel(partCeilings)}`;
}

function partPanel(parts: NonNullable<Result['partCeilings']>): Markup | undefined {
  if (parts.length === 0) return undefined;
  const columns: readonly Column[] = [
    { title: 'part', kind: 'text' },
    { title: 'a second', kind: 'number' },
    { title: 'unit', kind: 'text' },
  ];
  const rows = parts.map(partCeilingFigure).map(({ what, perS, unit }) => [what, html`<b>${perS}</b>`, unit]);
  return html`<div class="panel"><h3>Parts by themselves</h3>
<p class="note">Measured once, shortly: they show the order of magnitude.</p>
${table('What the parts reach by themselves', columns, rows)}</div>`;
}

/** What a message cost in each arm. */
export function costPanel(result: Result): Markup | undefined {
  const costs = costTable(result);
  if (costs === undefined) return undefined;
  const columns: readonly Column[] = [
    { title: costs.corner, kind: 'text' },
    ...costs.columns.map((title) => ({ title, kind: 'number' }) as const),
  ];
  const rows = costs.rows.map(({ name, cells }) => [name, ...cells]);
  return html`<div class="panel"><h3>Cost of a message</h3>
<p class="note">For one acknowledged message. CPU time is that of the measured window; statements, transactions, WAL and heap are those of the whole load; what says “with drain” also covers taking the messages out again.</p>
${table('Cost of a message by arm', columns, rows)}</div>`;
}

/** What limited each arm. */
export function bottleneckPanel(result: Result): Markup | undefined {
  const arms = provenArms(result).map(({ arm }) => arm);
  if (arms.length === 0) return undefined;
  const columns: readonly Column[] = [
    { title: 'arm', kind: 'text' },
    { title: 'requests/s', kind: 'number' },
    { title: 'limited by', kind: 'wide' },
  ];
  const rows = arms.map(({ name, requestsPerS, bottleneck }) => [
    name,
    requestsPerS === null ? '–' : formatRate(requestsPerS),
    bottleneck ?? 'not known',
  ]);
  return html`<div class="panel"><h3>Bottleneck</h3>${table('What limited each arm', columns, rows)}</div>`;
}
