import type { Result } from '../result.ts';
import { type SaturationFigure, saturationFigures } from '../saturation-figure.ts';
import { html, type Markup } from './markup.ts';
import { type Column, table } from './table.ts';

const LEVEL_COLUMNS: readonly Column[] = [
  { title: 'of capacity', kind: 'text' },
  ...['requests/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'send lag p99 ms'].map(
    (title) => ({ title, kind: 'number' }) as const,
  ),
  { title: 'sustained', kind: 'text' },
];

const STEP_COLUMNS: readonly Column[] = [
  { title: 'round', kind: 'text' },
  { title: 'phase', kind: 'text' },
  { title: 'offered/s', kind: 'number' },
  { title: 'achieved/s', kind: 'number' },
  { title: 'sustained', kind: 'text' },
  { title: 'why not', kind: 'wide' },
];

/** What the arms sustain, if that was searched. */
export function saturationPanels(result: Result): Markup | undefined {
  const figures = saturationFigures(result);
  if (figures.length === 0) return undefined;
  return html`<div class="panel"><h3>Saturation: the highest rate that is sustained</h3>
<p class="note">Sustained: no request fails, and the backlog does not grow by 2 % of what is offered. The rate that was found is held for longer; latency counts from the time a request was intended, also where it waited for a connection (send lag).</p>
${figures.map(armPart)}</div>`;
}

function armPart({ arm, clause, levels, steps }: SaturationFigure): Markup {
  const levelRows = levels.map((level) => [
    level.share,
    level.offered,
    level.p50Ms,
    html`<b>${level.p99Ms}</b>`,
    level.p999Ms,
    level.sendLagP99Ms,
    level.sustained,
  ]);
  const stepRows = steps.map(({ round, phase, offered, achieved, isSustained, reasons }) => [
    round,
    phase,
    offered,
    achieved,
    isSustained ? 'yes' : 'no',
    reasons,
  ]);
  return html`<p><b>${arm}</b> ${clause}.</p>
${levels.length === 0 ? undefined : table(`Latency of ${arm} by share of its capacity`, LEVEL_COLUMNS, levelRows)}
<details><summary>Rates that were tried</summary>${table(`Rates that ${arm} was tried at`, STEP_COLUMNS, stepRows)}</details>`;
}
