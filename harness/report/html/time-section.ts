import { figureOfArm } from '../arm-figure.ts';
import type { Result } from '../result.ts';
import { chartFigure } from './chart-figure.ts';
import { html, type Markup } from './markup.ts';
import { armClass } from './palette.ts';
import type { TimeChart } from './time-chart.ts';

/** The charts over time, each with its figures as a table; the buttons show and hide an arm in all of them. */
export function timeSection(result: Result, charts: readonly TimeChart[]): Markup {
  const drawn = new Set(charts.flatMap(({ lines }) => lines.map(({ colour }) => colour)));
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
<div class="charts">${charts.map((chart) => chartFigure(chart, 'arms'))}</div>
</section>`;
}
