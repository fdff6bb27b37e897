import { median } from 'simple-statistics';
import { figureOfArm, throughputText } from '../arm-figure.ts';
import { formatMs, formatRate } from '../figure-format.ts';
import { type MatrixAxis, matrixAxes, placeOfArm } from '../matrix-axes.ts';
import type { ArmResult, Result } from '../result.ts';
import { html, type Markup } from './markup.ts';

/** More grids than this side by side are no comparison; one grid of medians is. */
const MOST_GRIDS = 6;

/** The strongest shade of a cell, per cent; text stays readable on it in both themes. */
export const DEEPEST_PERCENT = 52;

interface Grid {
  /** What all its arms share beside the two axes; empty when there is one grid alone. */
  readonly title: string;
  readonly arms: readonly ArmResult[];
}

/**
 * The arms of a matrix as a map of throughput: two axes, a grid for every value of further ones. Made of a table, so that it is
 * read, printed and heard without a script. Undefined where fewer than two parameters were varied, and for one row or column.
 */
export function heatMapPanel(result: Result): Markup | undefined {
  const [first, second, ...further] = matrixAxes(result.arms);
  if (first === undefined || second === undefined) return undefined;
  // A phone is taller than it is wide.
  const [down, across] = second.values.length > first.values.length ? [second, first] : [first, second];
  const grids = gridsOf(result.arms, down, across, further);
  const rates = grids.flatMap(({ arms }) => arms.flatMap((arm) => rateOf(arm, result) ?? []));
  if (rates.length < 2) return undefined;
  const shade = shadeOf(rates);
  const isMedian = grids.length === 1 && further.length > 0;
  const names = further.map(({ label }) => label).join(', ');
  return html`<div class="panel"><h3>Throughput by ${down.label} and ${across.label}</h3>
<p class="note">Acknowledged msg/s, with the p99 of a request below. The deeper the shade, the more.${
    isMedian ? ` A cell is the median of the arms that differ in ${names}.` : ''
  }</p>
<div class="heat-maps">${grids.map((grid) => gridTable(grid, down, across, result, shade))}</div></div>`;
}

/** Small multiples where they are few and well filled; otherwise all arms in one grid. */
function gridsOf(
  arms: readonly ArmResult[],
  down: MatrixAxis,
  across: MatrixAxis,
  further: readonly MatrixAxis[],
): readonly Grid[] {
  const titleOf = (arm: ArmResult) => further.map(({ key, label }) => `${label}=${placeOfArm(arm, key)}`).join(' ');
  const grids = [...Map.groupBy(arms, titleOf)].map(([title, own]) => ({ title, arms: own }));
  const isFilled = arms.length * 2 > grids.length * down.values.length * across.values.length;
  return grids.length <= MOST_GRIDS && isFilled ? grids : [{ title: '', arms }];
}

function gridTable(
  { title, arms }: Grid,
  down: MatrixAxis,
  across: MatrixAxis,
  result: Result,
  shade: (rate: number) => number,
): Markup {
  const head = across.values.map((value) => html`<th scope="col">${value}</th>`);
  const rows = down.values.map((rowValue) => {
    const cells = across.values.map((columnValue) => {
      const own = arms.filter(
        (arm) => placeOfArm(arm, down.key) === rowValue && placeOfArm(arm, across.key) === columnValue,
      );
      return cell(own, result, shade);
    });
    return html`<tr><th scope="row">${rowValue}</th>${cells}</tr>`;
  });
  const label = `Throughput by ${down.label} and ${across.label}${title === '' ? '' : `, ${title}`}`;
  return html`<div class="scroll"><table class="heat-map" aria-label="${label}">
${title === '' ? undefined : html`<caption>${title}</caption>`}
<thead><tr><th scope="col"><span class="axis">${down.label} ↓ ${across.label} →</span></th>${head}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function cell(arms: readonly ArmResult[], result: Result, shade: (rate: number) => number): Markup {
  const [first] = arms;
  if (first === undefined) return html`<td class="heat-none">not run</td>`;
  const proven = arms.flatMap((arm) => {
    const rate = rateOf(arm, result);
    return rate === undefined ? [] : [{ arm, rate }];
  });
  const [only] = proven;
  if (only === undefined) return html`<td class="heat-none">${first.refused === null ? 'no figure' : 'refused'}</td>`;
  const rate = median(proven.map((one) => one.rate));
  const latencies = proven.flatMap(({ arm }) => arm.latencyUs?.p99 ?? []);
  const figure = figureOfArm(only.arm, result.checks);
  const text =
    arms.length === 1 && figure.kind === 'figure' ? throughputText(only.arm, figure.throughput) : formatRate(rate);
  const sub = [
    ...(latencies.length === 0 ? [] : [`${formatMs(median(latencies))} ms`]),
    ...(arms.length === 1 ? [] : [`${proven.length} of ${arms.length} arms`]),
  ];
  return html`<td class="heat" style="--heat:${shade(rate).toFixed(0)}%"><b>${text}</b><span class="sub">${sub.join(' · ')}</span></td>`;
}

function rateOf(arm: ArmResult, { checks }: Result): number | undefined {
  const figure = figureOfArm(arm, checks);
  return figure.kind === 'figure' ? figure.throughput.median : undefined;
}

/** From nothing at the slowest to the deepest shade at the fastest; by ratio where the slow would all look alike. */
function shadeOf(rates: readonly number[]): (rate: number) => number {
  const [low, high] = [Math.min(...rates), Math.max(...rates)];
  const place = low > 0 && high / low > 10 ? Math.log : (rate: number) => rate;
  const width = place(high) - place(low);
  return (rate) => (width === 0 ? DEEPEST_PERCENT : (DEEPEST_PERCENT * (place(rate) - place(low))) / width);
}
