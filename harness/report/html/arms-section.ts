import { figureOfArm, throughputText } from '../arm-figure.ts';
import { ownParameters, sharedParameters } from '../arm-parameters.ts';
import { faultFigures } from '../fault-figure.ts';
import { formatCount, formatInterval, formatMs, formatRate, formatRatio } from '../figure-format.ts';
import { popAckFigures } from '../pop-ack-figure.ts';
import { intervalOfRatio, titleOfRatio } from '../ratio-title.ts';
import type { ArmResult, Result } from '../result.ts';
import { signOfVerdict } from '../verdict-sign.ts';
import { armBars } from './arm-bars.ts';
import { chartFigure } from './chart-figure.ts';
import { connectionsPanel } from './connections-panel.ts';
import { bottleneckPanel, ceilingPanel, costPanel } from './cost-panels.ts';
import { heatMapPanel } from './heat-map.ts';
import { latencyPanel } from './latency-panel.ts';
import { badge } from './lead-section.ts';
import { html, type Markup } from './markup.ts';
import { openLoopPanel } from './open-loop-panel.ts';
import { saturationPanels } from './saturation-panel.ts';
import { steadinessPanel } from './steadiness-panel.ts';
import { type SweepChart, sweepPanel } from './sweep-chart.ts';
import { type Cell, type Column, table } from './table.ts';
import type { TimeChart } from './time-chart.ts';

const COLUMNS: readonly Column[] = [
  { title: 'arm', kind: 'text' },
  { title: 'proof', kind: 'text' },
  { title: 'msg/s', kind: 'number' },
  { title: 'interval', kind: 'number' },
  { title: 'of ceiling', kind: 'number' },
  { title: 'p50 ms', kind: 'number' },
  { title: 'p99 ms', kind: 'number' },
  { title: 'errors', kind: 'number' },
  { title: 'peak / budget', kind: 'number' },
];
/** From `msg/s` to `p99 ms`: what only a proven arm has. */
const FIGURE_COLUMNS = 5;

/** Charts of the arms that are not over time; undefined where there is nothing to draw. */
export interface ArmCharts {
  readonly sweep: SweepChart | undefined;
  readonly saturation: TimeChart | undefined;
  readonly percentiles: TimeChart | undefined;
}

/**
 * The arms compared: the curve of a sweep, bars, the map of a matrix, ratios, the table of all figures, refusals, latency, connections, saturation, ceilings, and what each
 * arm costs.
 */
export function armsSection(result: Result, { sweep, saturation, percentiles }: ArmCharts): Markup {
  const shared = sharedParameters(result.arms).map(({ label, value }) => html`<li><code>${label}=${value}</code></li>`);
  return html`<section aria-labelledby="arms"><h2 id="arms">Arms compared</h2>
${shared.length === 0 ? undefined : html`<ul class="tags"><li>All arms with</li>${shared}</ul>`}
${sweep === undefined ? undefined : sweepPanel(sweep)}
<div class="panel"><h3>Acknowledged messages per second</h3>${armBars(result)}</div>
${heatMapPanel(result)}
${refusals(result)}
${ratios(result)}
<div class="panel"><h3>Figures</h3>${table(
    'Figures of the arms',
    COLUMNS,
    result.arms.map((arm) => armRow(arm, result)),
  )}
<p class="note">Peak / budget: the most connections the server held at once, and how many its settings allow it.${
    result.arms.some(({ inconclusive }) => inconclusive !== undefined)
      ? ' ≥: the load generator was the limit, so the server can do that at least.'
      : ''
  }</p></div>
${latencyPanel(result, percentiles)}
${connectionsPanel(result)}
${steadinessPanel(result)}
${openLoopPanel(result)}
${saturationPanels(result)}
${saturation === undefined ? undefined : chartFigure(saturation, 'arms')}
${popAcks(result)}
${faults(result)}
${ceilingPanel(result)}
${costPanel(result)}
${bottleneckPanel(result)}
</section>`;
}

function armRow(arm: ArmResult, result: Result): readonly Cell[] {
  const figure = figureOfArm(arm, result.checks);
  const isRefused = arm.refused !== null;
  const own = ownParameters(arm, result.arms).map(({ label, value }) => `${label}=${value}`);
  const name = html`${arm.name}<span class="sub">${own.join(', ')}</span>`;
  const proof = badge(isRefused ? { symbol: '–', word: 'refused', tone: 'warn' } : signOfVerdict(arm.verdict));
  const { peak, budget } = arm.connections;
  const facts = isRefused
    ? ['–', '–']
    : [totalErrors(arm), `${peak === 0 ? '?' : formatCount(peak)} / ${budget === null ? '?' : formatCount(budget)}`];
  if (figure.kind === 'none') {
    return [name, proof, { columns: FIGURE_COLUMNS, content: html`<b>no figure:</b> ${figure.reason}` }, ...facts];
  }
  const { throughput } = figure;
  const { latencyUs } = arm;
  return [
    name,
    proof,
    html`<b>${throughputText(arm, throughput)}</b>`,
    arm.rounds > 1 ? formatInterval(throughput, formatRate) : 'one round',
    arm.ceilingFraction === null ? '–' : formatRatio(arm.ceilingFraction),
    latencyUs === null ? '–' : formatMs(latencyUs.p50),
    latencyUs === null ? '–' : formatMs(latencyUs.p99),
    ...facts,
  ];
}

function totalErrors({ errors }: ArmResult): string {
  return formatCount(errors.reduce((sum, { count }) => sum + count, 0));
}

function refusals({ arms }: Result): Markup | undefined {
  const refused = arms.filter((arm) => arm.refused !== null);
  if (refused.length === 0) return undefined;
  const items = refused.map(
    ({ name, refused: words }) => html`<li class="finding warn"><b>${name}</b><pre>${words ?? ''}</pre></li>`,
  );
  return html`<div class="panel"><h3>Refused by the server, in its own words</h3><ul class="findings">${items}</ul></div>`;
}

function ratios(result: Result): Markup | undefined {
  if (result.ratios.length === 0) return undefined;
  const titles = result.ratios.map(titleOfRatio);
  const hasContext = titles.some(({ context }) => context !== '');
  const columns: readonly Column[] = [
    { title: 'pair', kind: 'text' },
    { title: 'metric', kind: 'text' },
    { title: 'ratio', kind: 'number' },
    { title: 'interval', kind: 'number' },
    ...(hasContext ? [{ title: 'with', kind: 'wide' } as const] : []),
  ];
  const rows = result.ratios.map((ratio, index) => [
    titles[index]?.pair ?? '',
    ratio.metric,
    html`<b>${formatRatio(ratio.median)}×</b>`,
    intervalOfRatio(ratio, result.arms) ?? 'one round',
    ...(hasContext ? [titles[index]?.context ?? ''] : []),
  ]);
  return html`<div class="panel"><h3>Ratios of paired rounds</h3>${table('Ratios between arms', columns, rows)}</div>`;
}

function popAcks(result: Result): Markup | undefined {
  const columns: readonly Column[] = [
    { title: 'arm', kind: 'text' },
    ...['consumers', 'msg/s', 'interval', 'of push', 'pop ms', 'ack ms', 'busy'].map(
      (title) => ({ title, kind: 'number' }) as const,
    ),
  ];
  const rows = popAckFigures(result).map((figure) => [
    figure.arm,
    figure.consumers,
    html`<b>${figure.throughput}</b>`,
    figure.interval,
    figure.shareOfPush,
    figure.popMs,
    figure.ackMs,
    figure.consumersBusy,
  ]);
  if (rows.length === 0) return undefined;
  return html`<div class="panel"><h3>Consumers: pop and ack</h3>
<p class="note">Messages popped from the whole queue and acknowledged by request after the load. Consumers: their number × their batch. Of push: the share of the push rate in the same round. Pop, ack: p50 / p99 of a request. Busy: near 100 % the consumers were the limit, not the server.</p>
${table('What the consumers reached by arm', columns, rows)}</div>`;
}

function faults(result: Result): Markup | undefined {
  const columns: readonly Column[] = [
    { title: 'arm', kind: 'text' },
    { title: 'round', kind: 'number' },
    { title: 'fault', kind: 'text' },
    { title: 'when', kind: 'text' },
    { title: 'outcome', kind: 'text' },
    { title: 'what was done', kind: 'wide' },
  ];
  const rows = faultFigures(result).map(({ arm, round, fault, when, outcome, detail }) => [
    arm,
    round,
    fault,
    when,
    outcome,
    detail,
  ]);
  if (rows.length === 0) return undefined;
  return html`<div class="panel"><h3>Faults</h3>
<p class="note">Injected under load and healed before the drain. Times count from the start of the measured window.</p>
${table('Faults by arm', columns, rows)}</div>`;
}
