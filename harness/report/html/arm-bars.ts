import { ceilingOfArm, figureOfArm, throughputText } from '../arm-figure.ts';
import { formatInterval, formatRate } from '../figure-format.ts';
import type { ArmResult, IntervalRecord, Result } from '../result.ts';
import { html, type Markup } from './markup.ts';
import { armClass } from './palette.ts';

/** A ceiling farther away than this would press all bars into the left edge; it is then told in words alone. */
const MAX_CEILING_STRETCH = 2.5;

/**
 * The arms side by side: a bar for the median, a whisker for the interval, a dashed mark for the ceiling. Made of HTML, not
 * drawn by the chart library, so that names of any length wrap and it prints and reads without a script.
 */
export function armBars(result: Result): Markup {
  const scale = scaleOf(result);
  const bars = result.arms.map((arm, index) => bar(arm, index, result, scale));
  const hasCeiling = result.arms.some((arm) => shownCeiling(arm, result, scale) !== undefined);
  const key = [
    result.arms.some(({ rounds }) => rounds > 1)
      ? html`<span>Bar: median of the rounds. Line with ends: its interval.</span>`
      : undefined,
    hasCeiling ? html`<span>Dashed line: what plain SQL reaches on the same tables.</span>` : undefined,
  ];
  return html`<ul class="bars">${bars}</ul><p class="key">${key}</p>`;
}

function bar(arm: ArmResult, index: number, result: Result, scale: number): Markup {
  const figure = figureOfArm(arm, result.checks);
  const name = html`<div class="bar-name"><span class="swatch" aria-hidden="true"></span><span>${arm.name}</span></div>`;
  if (figure.kind === 'none') {
    return html`<li class="bar ${armClass(index)}">${name}<div class="bar-none"><b>no figure:</b> ${figure.reason}</div></li>`;
  }
  const { throughput } = figure;
  const ceiling = shownCeiling(arm, result, scale);
  const mark =
    ceiling === undefined ? undefined : html`<div class="ceiling-mark" style="left:${percent(ceiling, scale)}"></div>`;
  const interval = arm.rounds > 1 ? formatInterval(throughput, formatRate) : 'one round';
  return html`<li class="bar ${armClass(index)}">${name}
<div class="track" aria-hidden="true"><div class="fill" style="width:${percent(throughput.median, scale)}"></div>${
    arm.rounds > 1 ? whisker(throughput, scale) : undefined
  }${mark}</div>
<div class="bar-value">${throughputText(arm, throughput)} msg/s <span>${interval}</span></div></li>`;
}

function whisker({ low, high }: IntervalRecord, scale: number): Markup {
  return html`<div class="whisker" style="left:${percent(low, scale)};width:${percent(high - low, scale)}"></div>`;
}

function shownCeiling(arm: ArmResult, result: Result, scale: number): number | undefined {
  if (figureOfArm(arm, result.checks).kind === 'none') return undefined;
  const ceiling = ceilingOfArm(arm, result.ceilings)?.throughputMsgPerS.median;
  return ceiling !== undefined && ceiling <= scale ? ceiling : undefined;
}

/** The msg/s at the right end of the tracks. */
function scaleOf(result: Result): number {
  const figures = result.arms.map((arm) => figureOfArm(arm, result.checks));
  const highest = Math.max(1, ...figures.map((figure) => (figure.kind === 'figure' ? figure.throughput.high : 0)));
  const ceilings = result.ceilings
    .map(({ throughputMsgPerS }) => throughputMsgPerS.median)
    .filter((ceiling) => ceiling <= highest * MAX_CEILING_STRETCH);
  return Math.max(highest, ...ceilings) * 1.01;
}

/** A share of the track, as CSS; made of numbers only. */
function percent(value: number, scale: number): string {
  return `${((100 * Math.max(0, value)) / scale).toFixed(2)}%`;
}
