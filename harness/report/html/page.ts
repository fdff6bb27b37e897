import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Result } from '../result.ts';
import { armsSection } from './arms-section.ts';
import { chartElementId } from './chart-figure.ts';
import { chartOption } from './chart-option.ts';
import { checksSection } from './checks-section.ts';
import { configurationSection } from './configuration-section.ts';
import { environmentSection } from './environment-section.ts';
import { errorsCharts } from './errors-chart.ts';
import { errorsSection } from './errors-section.ts';
import { percentileChart } from './latency-panel.ts';
import { leadSection, masthead } from './lead-section.ts';
import { html, jsonBlock, Markup } from './markup.ts';
import { messagesSection } from './messages-section.ts';
import { ARM_COLOURS, PAGE_COLOURS, paletteCss } from './palette.ts';
import { profileSection } from './profile-section.ts';
import { saturationChart } from './saturation-chart.ts';
import { SWEEP_ELEMENT_ID, type SweepChart, sweepChart, sweepOption } from './sweep-chart.ts';
import { systemCharts } from './system-charts.ts';
import { systemSection } from './system-section.ts';
import { type TimeChart, timeCharts } from './time-chart.ts';
import { timeSection } from './time-section.ts';

/** The build with lines, areas, marks and tips; it is inlined as it is. */
const CHART_LIBRARY = import.meta.resolve('echarts/dist/echarts.common.min.js');
const PAGE_SCRIPT = new URL('./page-script.js', import.meta.url);
/** In the order of the cascade. */
const PAGE_STYLES = [
  new URL('./page.css', import.meta.url),
  new URL('./lead.css', import.meta.url),
  new URL('./figures.css', import.meta.url),
  new URL('./charts.css', import.meta.url),
  new URL('./heat-map.css', import.meta.url),
  new URL('./check-matrix.css', import.meta.url),
  new URL('./findings.css', import.meta.url),
  new URL('./errors.css', import.meta.url),
  new URL('./media.css', import.meta.url),
];

/**
 * The report as one HTML document that needs nothing else: no network, no server, no other file. Its policy allows only the
 * two scripts inlined here, by their hashes, and no connection at all; so even markup that slipped through could not run.
 * Reads the chart library and the page's own script and style from disk.
 */
export async function renderHtml(result: Result): Promise<string> {
  const [library = '', script = '', ...styles] = await Promise.all(
    [fileURLToPath(CHART_LIBRARY), PAGE_SCRIPT, ...PAGE_STYLES].map((file) => readFile(file, 'utf8')),
  );
  const charts = timeCharts(result);
  const runs = systemCharts(result);
  const ofArms = {
    sweep: sweepChart(result),
    saturation: saturationChart(result),
    percentiles: percentileChart(result),
  };
  const errors = errorsCharts(result);
  const data = {
    themes: { light: theme('light'), dark: theme('dark') },
    charts: [
      ...(ofArms.sweep === undefined ? [] : [sweepData(ofArms.sweep)]),
      ...(ofArms.percentiles === undefined ? [] : [chartData(ofArms.percentiles, 'arms by percentile')]),
      ...(ofArms.saturation === undefined ? [] : [chartData(ofArms.saturation, 'arms by share')]),
      ...charts.map((chart) => chartData(chart, 'arms')),
      ...errors.map(({ chart }) => chartData(chart, 'errors')),
      ...runs.flatMap((run) => run.charts.map((chart) => chartData(chart, run.id))),
    ],
  };
  const scripts = [inlineScript(library, 'text/javascript'), inlineScript(script, 'module')];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(scripts)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${result.scenario}: ${result.verdict} · queueproof</title>
<link rel="icon" href="data:,">
<style>${new Markup(paletteCss())}${new Markup(styles.join('\n'))}</style>
</head>
<body>
<a class="skip" href="#arms">Skip to the figures</a>
<div class="wrap">
${masthead(result)}
<main>
${leadSection(result)}
${contents(result)}
${armsSection(result, ofArms)}
${profileSection(result)}
${timeSection(result, charts)}
${systemSection(result, runs)}
${messagesSection(result)}
${errorsSection(result, errors)}
${checksSection(result)}
${configurationSection(result)}
${environmentSection(result)}
</main>
<footer>Throughput is shown only for arms whose every check is valid. Charts: Apache ECharts, Apache-2.0.</footer>
</div>
${jsonBlock('chart-data', data)}
${scripts.map(({ element }) => element)}
</body>
</html>
`;
  return page.text;
}

/** Charts of one group point at the same time together; those of arms can be hidden arm by arm. */
function chartData(chart: TimeChart, group: string): Readonly<Record<string, unknown>> {
  const { unit, xUnit, faults } = chart;
  return { id: chartElementId(chart), unit, xUnit, group, faults, option: chartOption(chart) };
}

function sweepData(sweep: SweepChart): Readonly<Record<string, unknown>> {
  return {
    id: SWEEP_ELEMENT_ID,
    unit: 'msg/s',
    xUnit: sweep.unit,
    group: 'sweep',
    faults: [],
    option: sweepOption(sweep),
  };
}

function contents({ expectations, arms, profile, configuration }: Result): Markup {
  const sections = [
    ['arms', 'Arms compared'],
    ...(profile === undefined ? [] : [['profile', 'Profile']]),
    ['time', 'Over time'],
    ...(arms.some(({ system }) => system !== undefined) ? [['system', 'The system']] : []),
    ['messages', 'Messages'],
    ['errors', 'Errors'],
    ['checks', 'Checks'],
    ...(expectations.length > 0 ? [['expectations', 'Expectations']] : []),
    ...(configuration === undefined ? [] : [['configuration', 'Configuration']]),
    ['environment', 'Environment'],
    ['again', 'Run it again'],
  ];
  const links = sections.map(([id, title]) => html`<a href="#${id}">${title}</a>`);
  return html`<nav class="contents" aria-label="Contents">${links}</nav>`;
}

interface InlineScript {
  readonly element: Markup;
  readonly hash: string;
}

/** Our own and the library's source only: it is not escaped, so it must not be able to end its element. */
function inlineScript(source: string, type: 'text/javascript' | 'module'): InlineScript {
  const text = source.replace(/<\/script/gi, '<\\/script');
  const hash = createHash('sha256').update(text).digest('base64');
  return { element: html`<script type="${type}">${new Markup(text)}</script>`, hash: `sha256-${hash}` };
}

/** Styles must be allowed as a whole: the bars' lengths and the chart library's tips are style attributes. */
function contentSecurityPolicy(scripts: readonly InlineScript[]): string {
  const hashes = scripts.map(({ hash }) => `'${hash}'`).join(' ');
  return `default-src 'none'; script-src ${hashes}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;
}

function theme(scheme: 'light' | 'dark'): Readonly<Record<string, unknown>> {
  const roles = Object.entries(PAGE_COLOURS).map(([role, shade]) => [role, shade[scheme]]);
  return { ...Object.fromEntries(roles), arms: ARM_COLOURS.map((shade) => shade[scheme]) };
}
