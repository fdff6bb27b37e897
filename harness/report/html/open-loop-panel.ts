import { openLoopFigures } from '../open-loop-figure.ts';
import type { Result } from '../result.ts';
import { html, type Markup } from './markup.ts';
import { type Column, table } from './table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'arm', kind: 'text' },
  ...['offered/s', 'achieved/s', 'send lag ms', 'generator ms', 'late', 'without latency'].map(
    (title) => ({ title, kind: 'number' }) as const,
  ),
];

/** How the open loops went, if there were any. */
export function openLoopPanel(result: Result): Markup | undefined {
  const rows = openLoopFigures(result).map((figure) => [
    figure.arm,
    figure.offered,
    html`<b>${figure.achieved}</b>`,
    figure.sendLagMs,
    figure.wakeLagMs,
    figure.late,
    figure.unacknowledged,
  ]);
  if (rows.length === 0) return undefined;
  return html`<div class="panel"><h3>Open loop: requests at intended times</h3>
<p class="note">Latency counts from the intended time. Send lag: p50 / p99 from then to the send, which is the wait for a free connection and the load generator’s own lateness; generator: the latter alone. Late: sent more than a millisecond after the intended time. Without latency: never acknowledged, so their wait stands in no percentile.</p>
${table('Open loop by arm', COLUMNS, rows)}</div>`;
}
