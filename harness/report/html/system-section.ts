import type { Result } from '../result.ts';
import { SYSTEM_COLUMNS, systemFigures, unwatched } from '../system-figure.ts';
import { chartFigure } from './chart-figure.ts';
import { html, type Markup } from './markup.ts';
import type { RunCharts } from './system-charts.ts';
import { type Column, table } from './table.ts';

const ARM: Column = { title: 'arm', kind: 'text' };

/** How the system was during the load: figures of every arm, and charts of every run; undefined when nothing was watched. */
export function systemSection(result: Result, runs: readonly RunCharts[]): Markup | undefined {
  const figures = systemFigures(result);
  const absent = unwatched(result);
  if (figures.length === 0 && absent.length === 0) return undefined;
  // What sessions wait for is a list of words: in a row with the numbers it would not fit on a screen.
  const numbers = SYSTEM_COLUMNS.filter(({ key }) => key !== 'waits');
  const columns = [ARM, ...numbers.map(({ title }) => ({ title, kind: 'number' }) as const)];
  const rows = figures.map((figure) => [figure.arm, ...numbers.map(({ key }) => figure[key])]);
  const watched = result.arms.flatMap(({ system = [] }) => system.filter(({ sources }) => sources.length > 0)).length;
  const waits = figures.map((figure) => [figure.arm, figure.waits]);
  return html`<section aria-labelledby="system"><h2 id="system">The system under load</h2>
<p class="note">Median / peak over the samples of the measured windows. Busy and delay: of the event loop, of the worker that had it highest. CPU: median in cores of server · PostgreSQL · load generator. Memory: peak in MiB of server · PostgreSQL.</p>
${absent.length === 0 ? undefined : html`<p class="note">Not watched: ${absent.join('; ')}.</p>`}
${
  rows.length === 0
    ? undefined
    : html`<div class="panel">${table('The system under load by arm', columns, rows)}</div>
<div class="panel">${table('Waits of sessions by arm', [ARM, { title: 'what database sessions at work waited for', kind: 'wide' }], waits)}</div>`
}
${watched > runs.length ? html`<p class="note">Charts of ${runs.length} of ${watched} runs; result.json has all.</p>` : undefined}
${runs.map(runDetails)}
</section>`;
}

/** Only the first is open: a report may have many runs, and their charts are drawn when somebody looks. */
function runDetails({ id, arm, round, charts }: RunCharts, index: number): Markup {
  const title = html`<summary class="run-title">${arm}, round ${round}</summary>`;
  const content = html`${title}<div class="charts">${charts.map((chart) => chartFigure(chart, 'one run'))}</div>`;
  return index === 0
    ? html`<details class="run" id="${id}" open>${content}</details>`
    : html`<details class="run" id="${id}">${content}</details>`;
}
