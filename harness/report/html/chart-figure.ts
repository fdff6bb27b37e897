import { median } from 'simple-statistics';
import { formatRate } from '../figure-format.ts';
import { html, type Markup } from './markup.ts';
import { armClass } from './palette.ts';
import { type Column, table } from './table.ts';
import type { ChartLine, TimeChart } from './time-chart.ts';

/** Id of the element a chart is drawn in. */
export function chartElementId({ id }: TimeChart): string {
  return `chart-${id}`;
}

/** The other units are in the titles. */
const NAMED_UNITS: ReadonlySet<string> = new Set(['ms', '%', 'MiB', 'cores']);

/** A longer key takes more room than its chart; the buttons over all charts tell the colours as well. */
const MOST_NAMES = 12;

/** What the lines of a chart are: rounds of arms, or what was seen in one run, which a key tells apart. */
type Subject = 'arms' | 'one run';

/** A chart with its figures as a table. */
export function chartFigure(chart: TimeChart, subject: Subject): Markup {
  const names = new Set(chart.lines.map(({ name }) => name)).size;
  const spoken = `${chart.title}: ${chart.lines.length} lines of ${names} ${subject === 'arms' ? 'arms' : 'kinds'} over ${chart.xUnit === 's' ? 'time' : 'a share'}. The table below holds the figures.`;
  const columns: readonly Column[] = [
    { title: subject === 'arms' ? 'arm' : 'line', kind: 'text' },
    ...(subject === 'arms' ? [{ title: 'round', kind: 'number' } as const] : []),
    { title: 'lowest', kind: 'number' },
    { title: 'median', kind: 'number' },
    { title: 'highest', kind: 'number' },
  ];
  const rows = chart.lines.map((line) => [
    line.name,
    ...(subject === 'arms' ? [String(line.round)] : []),
    ...rangeOf(line),
  ]);
  return html`<figure class="panel"><h3>${chart.title}${NAMED_UNITS.has(chart.unit) ? `, ${chart.unit}` : ''}${chart.logarithmic ? ' (logarithmic)' : ''}</h3>
${chartKey(chart)}
${chartBox(chart, spoken)}
<details><summary>Figures behind this chart</summary>${table(
    `${chart.title}${chart.xUnit === 's' ? ', measured window' : ''}, ${chart.unit}`,
    columns,
    rows,
  )}</details></figure>`;
}

/** The element a chart is drawn in; `spoken` is what it is to those who cannot see it. */
export function chartBox(chart: TimeChart, spoken: string): Markup {
  return html`<div class="chart" id="${chartElementId(chart)}" role="img" aria-label="${spoken}"></div>`;
}

/** What the colours of the lines mean, each once, and what the shades behind them. */
export function chartKey({ lines, warmUpS, faults }: TimeChart): Markup {
  const names = new Map(lines.map(({ name, colour }) => [name, colour]));
  const entries = [...(names.size > MOST_NAMES ? [] : names)].map(
    ([name, colour]) =>
      html`<li class="${armClass(colour)}"><span class="swatch" aria-hidden="true"></span>${name}</li>`,
  );
  const labels = [...new Set(faults.map(({ label }) => label))];
  const shades = [
    ...(warmUpS > 0 ? [html`<li><span class="swatch shade" aria-hidden="true"></span>warm-up</li>`] : []),
    ...(labels.length > 0
      ? [
          html`<li><span class="swatch shade fault" aria-hidden="true"></span>fault in effect: ${labels.join(', ')}</li>`,
        ]
      : []),
  ];
  return html`<ul class="chart-key">${entries}${shades}</ul>`;
}

/** The measured window only: points before 0 are warm-up. */
function rangeOf({ points }: ChartLine): readonly string[] {
  const values = points.flatMap(([atS, value]) => (atS < 0 || value === null ? [] : [value]));
  if (values.length === 0) return ['–', '–', '–'];
  return [Math.min(...values), median(values), Math.max(...values)].map(formatRate);
}
