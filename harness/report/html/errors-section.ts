import { ERROR_SOURCES } from '../../checkers/judged-errors.ts';
import {
  type ArmError,
  armErrorList,
  errorSentence,
  errorsByFault,
  errorsBySource,
  lookedSentence,
  momentText,
  signOfError,
} from '../error-figure.ts';
import { ERRORS_FILE } from '../errors-markdown.ts';
import { formatCount } from '../figure-format.ts';
import type { Result } from '../result.ts';
import { chartFigure } from './chart-figure.ts';
import type { ErrorsChart } from './errors-chart.ts';
import { badge } from './lead-section.ts';
import { html, type Markup } from './markup.ts';
import { type Cell, type Column, table } from './table.ts';

/** More classes than these are folded away. */
const SHOWN_CLASSES = 20;

/** A table with more rows has only those with an error: a report of many arms stays small, and errors.md has all. */
const MANY_ROWS = 24;

/** Every error, whoever saw it: what it was, when, and whether something explains it. */
export function errorsSection(result: Result, charts: readonly ErrorsChart[]): Markup {
  const list = armErrorList(result);
  const isAccused = list.some(({ error }) => error.expected === false);
  return html`<section aria-labelledby="errors"><h2 id="errors">Errors</h2>
<p class="errors-sentence${isAccused ? ' bad' : ''}">${errorSentence(list)}</p>
<p class="note">${lookedSentence(result)}${list.length === 0 ? '' : ' An error is explained when the checks of this run excuse it: it is one that a fault then in force must cause. Times count from the start of the measured window.'}</p>
${list.length === 0 ? undefined : found(result, list, charts)}
</section>`;
}

function found(result: Result, list: readonly ArmError[], charts: readonly ErrorsChart[]): Markup {
  return html`<div class="panel errors-classes">${classes(list.slice(0, SHOWN_CLASSES), result, 'Errors by class')}${
    list.length <= SHOWN_CLASSES
      ? undefined
      : html`<details><summary>${list.length - SHOWN_CLASSES} more classes</summary>${classes(list.slice(SHOWN_CLASSES), result, 'More errors by class')}</details>`
  }</div>
${charts.length === 0 ? undefined : html`<div class="charts">${charts.map(({ chart }) => chartFigure(chart, 'one run'))}</div>`}
${byFault(result)}
${bySource(result)}
<p class="note">All of it as text: <a href="${ERRORS_FILE}">${ERRORS_FILE}</a>, beside this file.</p>`;
}

function classes(list: readonly ArmError[], { arms }: Result, label: string): Markup {
  const columns: readonly Column[] = [
    { title: 'class', kind: 'text' },
    { title: 'source', kind: 'text' },
    { title: 'count', kind: 'number' },
    { title: 'first', kind: 'number' },
    { title: 'last', kind: 'number' },
    { title: 'expected', kind: 'text' },
    { title: 'example', kind: 'wide' },
  ];
  const rows = list.map(({ arm, error }): readonly Cell[] => [
    html`${error.class}<span class="sub">${arms.length > 1 ? `${arm.name} · ` : ''}${error.kind}</span>`,
    error.source,
    formatCount(error.count),
    momentText(error.first, arm),
    momentText(error.last, arm),
    badge(signOfError(error)),
    error.example === '' ? '–' : html`<code>${error.example}</code>`,
  ]);
  return table(label, columns, rows);
}

function byFault(result: Result): Markup | undefined {
  const rows = worthTelling(errorsByFault(result), ({ count }) => count).map(
    ({ arm, round, fault, when, count, classes: most }) => [
      html`${fault}<span class="sub">${arm}, ${round === 'all' ? 'all rounds' : `round ${round}`}</span>`,
      when,
      formatCount(count),
      most === '' ? '–' : most,
    ],
  );
  const columns: readonly Column[] = [
    { title: 'fault', kind: 'text' },
    { title: 'in effect', kind: 'text' },
    { title: 'errors', kind: 'number' },
    { title: 'most of them', kind: 'wide' },
  ];
  if (rows.length === 0) return undefined;
  return html`<div class="panel"><h3>By fault</h3><p class="note">Counted from when a fault was begun until 10 s after it was healed: so long a sound server may need to be itself again.</p>${table('Errors by fault', columns, rows)}</div>`;
}

function bySource(result: Result): Markup {
  const columns: readonly Column[] = [
    { title: 'arm', kind: 'text' },
    ...ERROR_SOURCES.map((title) => ({ title, kind: 'number' }) as const),
    { title: 'all', kind: 'number' },
    { title: 'unexplained', kind: 'number' },
  ];
  const rows = worthTelling(errorsBySource(result), ({ all }) => all).map(
    ({ arm, counts, all, unexplained }): readonly Cell[] => [
      arm,
      ...counts.map((count) => (count === undefined ? html`<span class="quiet">not seen</span>` : formatCount(count))),
      formatCount(all),
      unexplained === 0 ? '0' : html`<b class="bad">${formatCount(unexplained)}</b>`,
    ],
  );
  return html`<div class="panel"><h3>By arm and source</h3>${table('Errors by arm and source', columns, rows)}</div>`;
}

function worthTelling<Row>(rows: readonly Row[], countOf: (row: Row) => number): readonly Row[] {
  if (rows.length <= MANY_ROWS) return rows;
  return rows
    .filter((row) => countOf(row) > 0)
    .sort((a, b) => countOf(b) - countOf(a))
    .slice(0, MANY_ROWS);
}
