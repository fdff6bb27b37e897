import { median } from 'simple-statistics';
import { alignRows } from '../cli/aligned-rows.ts';
import { emphasise } from '../cli/terminal-style.ts';
import { truncateText, wrapText } from '../cli/text-width.ts';
import { percent } from '../gate/percent.ts';
import { costTitle } from '../report/cost-figure.ts';
import { formatSmall, formatUtc } from '../report/figure-format.ts';
import type { MachineFingerprint } from '../report/machine-fingerprint.ts';
import { printable } from '../report/printable.ts';
import { fewestValues } from './change-points.ts';
import type { TrendNotice } from './notice.ts';
import { sparkline } from './sparkline.ts';
import type { TrendData, TrendSeries } from './trend-series.ts';

/** All that `npm run trend` has to say. */
export interface Trend extends TrendData {
  readonly notices: readonly TrendNotice[];
  /** Files that could not be used. */
  readonly broken: readonly string[];
  readonly runs: number;
  readonly significance: number;
}

export interface TrendStyle {
  readonly colour: boolean;
  /** Columns of the terminal; at most 100 are used. */
  readonly width: number;
}

const WIDEST = 100;
const FIGURE_COLUMNS = 30;
const BAR_COLUMNS = 40;

/** The trend as text: a table for each arm, then what changed, then what was left out. */
export function renderTrend(trend: Trend, style: TrendStyle): string {
  const width = Math.min(style.width, WIDEST);
  const shown = trend.series.filter(({ points }) => points.length > 1);
  const groups = Map.groupBy(shown, ({ scenario, arm, machine, parameters }) =>
    JSON.stringify([scenario, arm, machine, parameters]),
  );
  const tables = [...groups.values()].flatMap((group) => [...table(group, shown, style, width), '']);
  return [...tables, ...verdictLines(trend, style, width), ...leftOutLines(trend, width)].join('\n').trimEnd();
}

function table(
  group: readonly TrendSeries[],
  all: readonly TrendSeries[],
  { colour }: TrendStyle,
  width: number,
): readonly string[] {
  const [first] = group;
  if (first === undefined) return [];
  const title = printable(`${first.scenario}: ${first.arm}${variantText(first, all)}`);
  const rows = group.map(({ figure, unit, points }) => {
    const values = points.map(({ value }) => value);
    const name = truncateText(printable(costTitle(figure)), FIGURE_COLUMNS);
    return [name, String(points.length), formatSmall(median(values)), unit, sparkline(values, BAR_COLUMNS)];
  });
  const lines = alignRows([['', 'runs', 'median', '', 'oldest to latest'], ...rows], [1, 2]);
  return [
    emphasise(truncateText(title, width), 'strong', colour),
    emphasise(truncateText(machineText(first.machine), width), 'quiet', colour),
    ...lines.map((line) => truncateText(line, width)),
  ];
}

/** What tells an arm from those of the same name that were run with other parameters; empty when there are none. */
function variantText({ scenario, arm, parameters }: TrendSeries, all: readonly TrendSeries[]): string {
  const variants = all.filter((other) => other.scenario === scenario && other.arm === arm);
  const text = (record: TrendSeries['parameters'], key: string) => JSON.stringify(record[key]) ?? 'none';
  const keys = [...new Set(variants.flatMap((variant) => Object.keys(variant.parameters)))];
  const differing = keys.filter((key) =>
    variants.some((variant) => text(variant.parameters, key) !== text(parameters, key)),
  );
  return differing.length === 0 ? '' : ` (${differing.map((key) => `${key}=${text(parameters, key)}`).join(' ')})`;
}

function machineText({ cpu, cores, postgres, provider, node }: MachineFingerprint): string {
  const version = /^\w+ [\d.]+/.exec(postgres)?.[0] ?? postgres;
  return printable(`on ${cpu}, ${cores} cores, ${version} (${provider}), Node.js ${node}`);
}

function verdictLines(
  { notices, series, significance, runs }: Trend,
  style: TrendStyle,
  width: number,
): readonly string[] {
  const fewest = fewestValues(significance);
  const short = series.filter(({ points }) => points.length < fewest).length;
  const summary =
    notices.length === 0
      ? `No change in ${series.length} series of ${runs} runs (p < ${significance}).`
      : `${notices.length} changes in ${series.length} series of ${runs} runs (p < ${significance}); they are notices, not failures.`;
  const single = series.filter(({ points }) => points.length === 1).length;
  return [
    ...notices.flatMap((notice) => noticeLines(notice, style, width)),
    ...wrapText(summary, width, 0),
    ...(single === 0 ? [] : wrapText(`${single} series are of one run alone, and are not shown.`, width, 0)),
    ...(short === 0
      ? []
      : wrapText(`${short} series have fewer than ${fewest} runs: too few for any change to be found.`, width, 0)),
  ];
}

function noticeLines(notice: TrendNotice, { colour }: TrendStyle, width: number): readonly string[] {
  const { scenario, arm, figure, unit, before, after, change, isWorse, since, runsBefore, runsAfter, p } = notice;
  const size = Number.isFinite(change) ? ` by ${percent(Math.abs(change))}` : '';
  const direction = `${change < 0 ? 'fell' : 'rose'}${size}`;
  const text = printable(
    `${isWorse ? 'worse' : 'better'}: ${scenario}, ${arm}: ${costTitle(figure)} ${direction}, from ${formatSmall(before)} (${runsBefore} runs) to ${formatSmall(after)} ${unit} (${runsAfter} runs), with the run of ${formatUtc(since.startedAt)} (p = ${p.toPrecision(1)})`,
  );
  return wrapText(text, width, 2).map((line) => emphasise(line, isWorse ? 'warn' : 'good', colour));
}

function leftOutLines({ broken, leftOut }: Trend, width: number): readonly string[] {
  const all = [...broken.map((text) => `not read: ${text}`), ...leftOut.map((text) => `left out: ${text}`)];
  return all.flatMap((text) => wrapText(printable(text), width, 2));
}
