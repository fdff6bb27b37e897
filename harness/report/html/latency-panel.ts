import { provenArms } from '../arm-figure.ts';
import { formatMs } from '../figure-format.ts';
import type { PercentileCurve } from '../percentile-curve.ts';
import type { ArmResult, Result } from '../result.ts';
import { chartBox, chartKey } from './chart-figure.ts';
import { html, type Markup } from './markup.ts';
import { type Column, table } from './table.ts';
import type { ChartLine, TimeChart } from './time-chart.ts';

const US_PER_MS = 1000;

const FIXED = [
  ['p50', 'p50'],
  ['p90', 'p90'],
  ['p99', 'p99'],
  ['p99.9', 'p999'],
] as const;

/** The percentile that only the curve tells; five nines would be the maximum of most runs. */
const FURTHER_PERCENTILE = 99.99;

/** How latency rises to its maximum, a line for each proven arm; undefined for results of before the curves were kept. */
export function percentileChart(result: Result): TimeChart | undefined {
  const lines = provenArms(result).flatMap(({ arm }): readonly ChartLine[] => {
    const { percentileCurve: curve } = arm;
    if (curve === null || curve === undefined) return [];
    return [{ colour: result.arms.indexOf(arm), name: arm.name, round: 1, points: pointsOf(curve) }];
  });
  if (lines.length === 0) return undefined;
  return {
    ...{ id: 'percentiles', title: 'Latency of a request by percentile', unit: 'ms', xUnit: 'percentile', lines },
    ...{ limits: [], faults: [], warmUpS: 0, logarithmic: true },
  };
}

/** Over 1 / (1 − p), as HDR plots are: each nine takes as much room as the one before. */
function pointsOf({ count, percentiles, latencyUs }: PercentileCurve): ChartLine['points'] {
  return percentiles.map((percentile, index) => {
    const x = percentile === 100 ? count : Math.min(count, 100 / (100 - percentile));
    return [Number(x.toPrecision(7)), (latencyUs[index] ?? 0) / US_PER_MS];
  });
}

/** The curves, and the percentiles everybody asks for; undefined when no arm is proven. */
export function latencyPanel(result: Result, chart: TimeChart | undefined): Markup | undefined {
  const arms = provenArms(result).map(({ arm }) => arm);
  const hasCurves = chart !== undefined;
  const columns: readonly Column[] = [
    { title: 'arm', kind: 'text' },
    ...[...FIXED.map(([title]) => title), ...(hasCurves ? ['p99.99'] : []), 'max'].map(
      (title) => ({ title: `${title} ms`, kind: 'number' }) as const,
    ),
  ];
  const rows = arms.flatMap((arm) => {
    const { name, latencyUs } = arm;
    if (latencyUs === null) return [];
    const known = FIXED.map(([, key]) => formatMs(latencyUs[key]));
    return [[name, ...known, ...(hasCurves ? [furtherText(arm)] : []), formatMs(latencyUs.max)]];
  });
  if (rows.length === 0) return undefined;
  const figures = table('Latency of a request by arm', columns, rows);
  const opened = arms.some(({ openLoop }) => openLoop !== undefined)
    ? ' In an open loop it counts from the time a request was intended.'
    : '';
  if (chart === undefined) return html`<div class="panel"><h3>Latency of a request</h3>${figures}</div>`;
  return html`<figure class="panel"><h3>${chart.title}, ms (logarithmic)</h3>
<p class="note">All rounds together. Every step to the right leaves a tenth of the requests beyond it; a line ends at the maximum.${opened}</p>
${chartKey(chart)}
${chartBox(chart, `${chart.title}: ${chart.lines.length} lines of ${chart.lines.length} arms. The table below holds the figures.`)}
${figures}</figure>`;
}

function furtherText({ percentileCurve: curve }: ArmResult): string {
  const at = curve?.percentiles.indexOf(FURTHER_PERCENTILE) ?? -1;
  const latencyUs = curve?.latencyUs[at];
  return latencyUs === undefined ? '–' : formatMs(latencyUs);
}
