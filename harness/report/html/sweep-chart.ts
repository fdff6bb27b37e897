import { figureOfArm } from '../arm-figure.ts';
import { formatInterval, formatRate } from '../figure-format.ts';
import type { IntervalRecord, Result } from '../result.ts';
import { html, type Markup } from './markup.ts';
import { ARM_COLOURS, armClass } from './palette.ts';
import { type Column, table } from './table.ts';

/** Throughput over a swept parameter. */
export interface SweepChart {
  readonly unit: string;
  readonly lines: readonly SweepLine[];
  readonly isLogarithmic: boolean;
}

interface SweepLine {
  /** Empty when there is one line alone. */
  readonly name: string;
  readonly points: readonly SweepPoint[];
}

interface SweepPoint {
  readonly x: number;
  readonly throughput: IntervalRecord;
  readonly rounds: number;
  /** Where more stops to pay. */
  readonly isMarked: boolean;
}

/** Id of the element the chart is drawn in. */
export const SWEEP_ELEMENT_ID = 'chart-sweep';

/** From this spread on, a linear axis would press the small values into its beginning; it cannot hold a 0. */
const LOGARITHMIC_SPREAD = 25;

/** Undefined for a result that is no sweep. Arms without a proven figure are left out. */
export function sweepChart({ sweep, arms, checks }: Result): SweepChart | undefined {
  if (sweep === undefined) return undefined;
  const lines = sweep.lines.map(({ name, points, marked }) => ({
    name,
    points: points.flatMap(({ x, arm: armName }): readonly SweepPoint[] => {
      const arm = arms.find((candidate) => candidate.name === armName);
      const figure = arm === undefined ? undefined : figureOfArm(arm, checks);
      if (arm === undefined || figure?.kind !== 'figure') return [];
      return [{ x, throughput: figure.throughput, rounds: arm.rounds, isMarked: x === marked }];
    }),
  }));
  const xs = lines.flatMap(({ points }) => points.map(({ x }) => x));
  const least = Math.min(...xs);
  return { unit: sweep.unit, lines, isLogarithmic: least > 0 && Math.max(...xs) / least >= LOGARITHMIC_SPREAD };
}

/** The chart with its key, and its figures as a table. */
export function sweepPanel({ unit, lines, isLogarithmic }: SweepChart): Markup {
  const names = lines.flatMap(({ name }, index) =>
    name === ''
      ? []
      : [html`<span class="${armClass(index)}"><span class="swatch" aria-hidden="true"></span> ${name}</span>`],
  );
  const hasIntervals = lines.some(({ points }) => points.some(({ rounds }) => rounds > 1));
  const hasMark = lines.some(({ points }) => points.some(({ isMarked }) => isMarked));
  const columns: readonly Column[] = [
    { title: unit, kind: 'text' },
    ...(names.length === 0 ? [] : [{ title: 'line', kind: 'text' } as const]),
    { title: 'msg/s', kind: 'number' },
    { title: 'interval', kind: 'number' },
  ];
  const rows = lines.flatMap(({ name, points }) =>
    points.map(({ x, throughput, rounds }) => [
      x.toLocaleString('en-GB'),
      ...(name === '' ? [] : [name]),
      formatRate(throughput.median),
      rounds > 1 ? formatInterval(throughput, formatRate) : 'one round',
    ]),
  );
  return html`<figure class="panel"><h3>Acknowledged messages per second by ${unit}${isLogarithmic ? ' (logarithmic)' : ''}</h3>
<div class="chart" id="${SWEEP_ELEMENT_ID}" role="img" aria-label="Throughput by ${unit}: ${lines.length} lines of ${rows.length} arms. The table below holds the figures."></div>
<p class="key">${names}${hasIntervals ? html`<span>Bar through a point: interval of the rounds.</span>` : undefined}${
    hasMark ? html`<span>Diamond: from here on more does not pay.</span>` : undefined
  }</p>
<details><summary>Figures behind this chart</summary>${table(`Throughput by ${unit}`, columns, rows)}</details></figure>`;
}

/** As ECharts options without colours, as for the charts over time; the script colours a series by its `colour`. */
export function sweepOption({ lines, isLogarithmic }: SweepChart): Readonly<Record<string, unknown>> {
  const xs = new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)));
  return {
    animation: false,
    grid: { left: 4, right: 28, top: 26, bottom: 4, outerBoundsMode: 'same' },
    legend: { show: false },
    tooltip: { trigger: 'axis', confine: true, axisPointer: { type: 'line' }, transitionDuration: 0 },
    xAxis: {
      type: isLogarithmic ? 'log' : 'value',
      min: 'dataMin',
      max: 'dataMax',
      splitLine: { show: false },
      // What was measured, not round numbers between.
      axisLabel: { hideOverlap: true, customValues: [...xs] },
    },
    yAxis: { type: 'value', min: 0, axisLabel: { hideOverlap: true } },
    series: lines.flatMap((line, lineIndex) => [
      medians(line, lineIndex),
      ...(line.points.some(({ rounds }) => rounds > 1) ? [intervals(line, lineIndex)] : []),
    ]),
  };
}

function medians({ name, points }: SweepLine, lineIndex: number) {
  return {
    type: 'line',
    id: `medians|${lineIndex}`,
    name,
    colour: lineIndex,
    data: points.map(({ x, throughput: { median, low, high }, isMarked }) => ({
      value: [x, median, low, high],
      ...(isMarked ? { symbol: 'diamond', symbolSize: 15 } : {}),
    })),
    symbol: 'circle',
    symbolSize: 7,
    lineStyle: { width: 1.8, type: lineIndex < ARM_COLOURS.length ? 'solid' : 'dashed' },
    emphasis: { disabled: true },
  };
}

/** One stroke from low to high for each point; the gap between two keeps them apart. */
function intervals({ points }: SweepLine, lineIndex: number) {
  return {
    type: 'line',
    id: `intervals|${lineIndex}`,
    colour: lineIndex,
    silent: true,
    data: points.flatMap(({ x, throughput: { low, high } }) => [
      [x, low],
      [x, high],
      [x, null],
    ]),
    symbol: 'none',
    lineStyle: { width: 4, opacity: 0.35 },
    emphasis: { disabled: true },
  };
}
