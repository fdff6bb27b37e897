import { median } from 'simple-statistics';
import { figureOfArm } from '../arm-figure.ts';
import { formatRate } from '../figure-format.ts';
import type { Result } from '../result.ts';
import { html, type Markup } from './markup.ts';
import { armClass } from './palette.ts';
import { type Column, table } from './table.ts';
import type { ChartLine, TimeChart } from './time-chart.ts';

/** Id of the element a chart is drawn in. */
export function chartElementId({ id }: TimeChart): string {
  return `chart-${id}`;
}

/** The charts over time, each with its figures as a table; the buttons show and hide an arm in all of them. */
export function timeSection(result: Result, charts: readonly TimeChart[]): Markup {
  const drawn = new Set(charts.flatMap(({ lines }) => lines.map(({ armIndex }) => armIndex)));
  const chips = result.arms.flatMap(({ name }, index) =>
    drawn.has(index)
      ? [
          html`<button type="button" class="chip ${armClass(index)}" data-arm="${index}" aria-pressed="true"><span class="swatch" aria-hidden="true"></span><span>${name}</span></button>`,
        ]
      : [],
  );
  const withheld = result.arms.filter(
    (arm) => arm.refused === null && figureOfArm(arm, result.checks).kind === 'none' && arm.series.length > 0,
  );
  return html`<section aria-labelledby="time"><h2 id="time">Over time</h2>
<p class="note">${
    charts.length === 0
      ? 'Nothing was measured over time.'
      : 'One line for each round; time counts from the start of the measured window. The shaded warm-up is shown, not counted.'
  }</p>
${
  withheld.length === 0
    ? undefined
    : html`<p class="note">No speed is drawn for ${withheld.map(({ name }) => name).join(', ')}: its proof does not hold.</p>`
}
${chips.length < 2 ? undefined : html`<div class="chips" role="group" aria-label="Arms shown in the charts">${chips}</div>`}
<div class="charts">${charts.map(chartFigure)}</div>
</section>`;
}

/** A chart with the figures behind it. */
export function chartFigure(chart: TimeChart): Markup {
  const arms = new Set(chart.lines.map(({ armIndex }) => armIndex)).size;
  const spoken = `${chart.title}: ${chart.lines.length} lines of ${arms} arms over ${chart.xUnit === 's' ? 'time' : 'a share'}. The table below holds the figures.`;
  const columns: readonly Column[] = [
    { title: 'arm', kind: 'text' },
    { title: 'round', kind: 'number' },
    { title: 'lowest', kind: 'number' },
    { title: 'median', kind: 'number' },
    { title: 'highest', kind: 'number' },
  ];
  return html`<figure class="panel"><h3>${chart.title}${chart.unit === 'ms' ? ', ms' : ''}${chart.logarithmic ? ' (logarithmic)' : ''}</h3>
<div class="chart" id="${chartElementId(chart)}" role="img" aria-label="${spoken}"></div>
<details><summary>Figures behind this chart</summary>${table(
    `${chart.title}${chart.xUnit === 's' ? ', measured window' : ''}, ${chart.unit}`,
    columns,
    chart.lines.map(lineRow),
  )}</details></figure>`;
}

/** The measured window only: points before 0 are warm-up. */
function lineRow({ arm, round, points }: ChartLine): readonly string[] {
  const values = points.flatMap(([atS, value]) => (atS < 0 || value === null ? [] : [value]));
  if (values.length === 0) return [arm, String(round), '–', '–', '–'];
  return [arm, String(round), ...[Math.min(...values), median(values), Math.max(...values)].map(formatRate)];
}
