import { formatCount } from '../figure-format.ts';
import type { ArmResult, Result } from '../result.ts';
import { html, type Markup } from './markup.ts';
import { armClass } from './palette.ts';
import { type Column, table } from './table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'arm', kind: 'text' },
  ...['peak', 'async pool', 'regular pool', 'budget', 'max_connections'].map(
    (title) => ({ title, kind: 'number' }) as const,
  ),
];

/** The most connections each arm's server held, against its budget and max_connections; undefined where none was seen. */
export function connectionsPanel({ arms, environment }: Result): Markup | undefined {
  const seen = arms.flatMap((arm, index) => (arm.refused === null && arm.connections.peak > 0 ? [{ arm, index }] : []));
  if (seen.length === 0) return undefined;
  const known = seen.flatMap(({ arm: { connections } }) => [connections.peak, connections.budget ?? 0]);
  const scale = Math.max(...known, environment.maxConnections ?? 0);
  const rows = seen.map(({ arm: { name, connections } }) => [
    name,
    html`<b>${formatCount(connections.peak)}</b>`,
    formatCount(connections.peakAsync),
    formatCount(connections.peakRegular),
    connections.budget === null ? '–' : formatCount(connections.budget),
    connections.maxConnections === null ? '–' : formatCount(connections.maxConnections),
  ]);
  const end = environment.maxConnections === scale ? `max_connections, ${formatCount(scale)}` : formatCount(scale);
  return html`<div class="panel"><h3>Connections: peak, budget, max_connections</h3>
<ul class="bars slim">${seen.map(({ arm, index }) => bar(arm, index, scale))}</ul>
<p class="key"><span>Bar: the most held at once, of the async pool, the regular one (lighter) and others (lightest).</span><span>Dashed line: the budget.</span><span>Right end: ${end}.</span></p>
<details><summary>Figures behind these bars</summary>${table('Connections by arm', COLUMNS, rows)}</details></div>`;
}

function bar({ name, connections }: ArmResult, index: number, scale: number): Markup {
  const { peak, peakAsync, peakRegular, budget } = connections;
  // The pools need not have been at their peaks at the same time.
  const asyncEnd = Math.min(peak, peakAsync);
  const regularEnd = Math.min(peak, peakAsync + peakRegular);
  const parts = [
    ['others', peak],
    ['regular', regularEnd],
    ['async', asyncEnd],
  ] as const;
  const fills = parts.map(([part, end]) => html`<div class="fill ${part}" style="width:${percent(end, scale)}"></div>`);
  const mark =
    budget === null ? undefined : html`<div class="ceiling-mark" style="left:${percent(budget, scale)}"></div>`;
  return html`<li class="bar ${armClass(index)}"><div class="bar-name"><span class="swatch" aria-hidden="true"></span><span>${name}</span></div>
<div class="track" aria-hidden="true">${fills}${mark}</div>
<div class="bar-value">${formatCount(peak)}<span>${budget === null ? 'budget not known' : `of ${formatCount(budget)}`}</span></div></li>`;
}

/** A share of the track, as CSS; made of numbers only. */
function percent(value: number, scale: number): string {
  return `${((100 * value) / scale).toFixed(2)}%`;
}
