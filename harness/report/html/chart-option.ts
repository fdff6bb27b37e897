import { ARM_COLOURS } from './palette.ts';
import type { TimeChart } from './time-chart.ts';

/** Arms beyond the palette are told apart by their dash. */
const DASHES = ['solid', 'dashed', 'dotted'] as const;
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/**
 * A chart as ECharts options without colours: plain data for the page's JSON block. The page's script puts the colours of
 * the theme in, by each series' `colour`. A series' id is `<colour>|<round>`; rounds of an arm share its name and colour, so that
 * one choice shows or hides them all.
 */
export function chartOption(chart: TimeChart): Readonly<Record<string, unknown>> {
  return {
    animation: false,
    textStyle: { fontFamily: FONT },
    grid: { left: 4, right: 18, top: chart.limits.length > 0 ? 22 : 12, bottom: 4, outerBoundsMode: 'same' },
    legend: { show: false },
    tooltip: { trigger: 'axis', confine: true, axisPointer: { type: 'line' }, transitionDuration: 0 },
    xAxis: chart.xUnit === 'percentile' ? percentileAxis(chart) : valueAxis(chart),
    yAxis: {
      type: chart.logarithmic ? 'log' : 'value',
      axisLabel: { hideOverlap: true },
      ...(chart.logarithmic ? {} : { min: 0 }),
      ...(chart.limits.length > 0 ? { max: axisEnd(chart) } : {}),
    },
    series: [...chart.lines.map((line) => lineSeries(line, chart.logarithmic)), backdrop(chart)],
  };
}

function valueAxis({ spanS, xUnit }: TimeChart) {
  return {
    type: 'value',
    min: spanS?.[0] ?? 'dataMin',
    max: spanS?.[1] ?? 'dataMax',
    splitLine: { show: false },
    axisLabel: { formatter: `{value} ${xUnit}`, hideOverlap: true, showMinLabel: false, showMaxLabel: false },
  };
}

/** From p0 at 1 to the maximum; the page's script names the marks: a function is no plain data. */
function percentileAxis({ lines }: TimeChart) {
  const end = lines.reduce((most, { points }) => Math.max(most, points.at(-1)?.[0] ?? 1), 10);
  const customValues = [2, 10, 100, 1000, 10_000, 100_000, 1_000_000].filter((mark) => mark <= end);
  return {
    ...{ type: 'log', min: 1, max: end },
    splitLine: { show: true },
    axisTick: { customValues },
    axisLabel: { customValues, hideOverlap: true },
  };
}

function lineSeries({ colour, name, round, points }: TimeChart['lines'][number], logarithmic: boolean) {
  return {
    type: 'line',
    id: `${colour}|${round}`,
    name,
    colour,
    data: logarithmic ? points.map(([atS, value]) => [atS, value === 0 ? null : value]) : points,
    showSymbol: points.length < 3,
    symbolSize: 6,
    lineStyle: { width: 1.6, type: DASHES[Math.floor(colour / ARM_COLOURS.length) % DASHES.length] },
    emphasis: { disabled: true },
  };
}

/** Draws nothing itself: it carries the limits across the chart and the shade over the warm-up and over faults. */
function backdrop({ limits, warmUpS, faults }: TimeChart) {
  return {
    type: 'line',
    id: 'backdrop',
    data: [],
    silent: true,
    tooltip: { show: false },
    markLine: {
      symbol: 'none',
      silent: true,
      lineStyle: { type: 'dashed', width: 1.2 },
      label: { position: 'insideEndTop', formatter: '{b}' },
      data: limits.map(({ label, value }) => ({ name: label, yAxis: value })),
    },
    markArea: {
      silent: true,
      label: { show: false },
      data: [
        ...(warmUpS > 0 ? [[{ xAxis: -warmUpS }, { xAxis: 0 }]] : []),
        ...faults.map(({ fromS, toS }) => [{ xAxis: fromS, isFault: true }, toS === null ? {} : { xAxis: toS }]),
      ],
    },
  };
}

/** A round number above all limits: the library looks at the lines alone when it chooses where an axis ends. */
function axisEnd({ limits, lines }: TimeChart): number {
  const limit = Math.max(...limits.map(({ value }) => value));
  const highest = lines.reduce(
    (high, { points }) => points.reduce((top, [, value]) => Math.max(top, value ?? 0), high),
    limit,
  );
  const step = 10 ** Math.floor(Math.log10(highest)) / 5;
  return Math.ceil((highest * 1.05) / step) * step;
}
