import { textWidth, truncateText } from '../cli/text-width.ts';
import type { GateMetricResult, GateResult } from './gate-result.ts';
import { signOfMetric } from './gate-sign.ts';
import { formatChange, metricTitle } from './metric-title.ts';

const LABEL_COLUMNS = 38;
const VERDICT_COLUMNS = 6;
const SMALLEST_SPAN = 0.06;

/**
 * The ratios with their intervals on one axis, as text: `●` is the estimate, `├──┤` the interval that was judged, `│` stands
 * at no change and `┊` at the loss of speed that is tolerated. A cost is drawn as its inverse, so that worse is left
 * everywhere.
 */
export function renderIntervalPlot(
  metrics: readonly GateMetricResult[],
  { tolerated }: Pick<GateResult['rule'], 'tolerated'>,
  width = 100,
): string {
  const drawn = metrics.flatMap((metric) => {
    const span = spanOf(metric);
    return span === undefined ? [] : [{ metric, span }];
  });
  if (drawn.length === 0) return 'nothing was measured';
  const columns = Math.max(20, width - LABEL_COLUMNS - VERDICT_COLUMNS - 2);
  const lowest = Math.min(1 - tolerated, ...drawn.map(({ span }) => span.low));
  const highest = Math.max(1 + SMALLEST_SPAN, ...drawn.map(({ span }) => span.high));
  const from = Math.max(lowest, 0.4) - 0.01;
  const to = Math.min(highest, 2.5) + 0.01;
  const place = (value: number) =>
    Math.min(columns - 1, Math.max(0, Math.round(((value - from) / (to - from)) * (columns - 1))));
  const lines = drawn.map(({ metric, span }) => {
    const cells = Array.from({ length: columns }, () => ' ');
    cells[place(1 - tolerated)] = '┊';
    cells[place(1)] = '│';
    const [low, high] = [place(span.low), place(span.high)];
    for (let column = low; column <= high; column += 1) cells[column] = '─';
    cells[low] = span.low < from ? '◀' : '├';
    cells[high] = span.high > to ? '▶' : '┤';
    cells[place(span.estimate)] = '●';
    const label = padded(`${metric.arm}: ${metricTitle(metric.metric)}`, LABEL_COLUMNS);
    const { symbol, word } = signOfMetric(metric.verdict);
    return `${label} ${cells.join('')} ${symbol} ${word}`;
  });
  const axis = axisLine(columns, [
    [place(1 - tolerated), formatChange(1 - tolerated)],
    [place(1), '0'],
  ]);
  return [...lines, `${padded('worse ◀ candidate ▶ better', LABEL_COLUMNS)} ${axis}`.trimEnd()].join('\n');
}

/** Seen so that more is better. */
function spanOf({ metric, ratio }: GateMetricResult) {
  if (ratio === null) return undefined;
  if (metric.better === 'higher') return ratio;
  return { estimate: 1 / ratio.estimate, low: 1 / ratio.high, high: 1 / ratio.low };
}

function axisLine(columns: number, marks: readonly (readonly [number, string])[]): string {
  let line = ' '.repeat(columns);
  for (const [at, text] of marks) {
    const start = Math.max(0, Math.min(columns - textWidth(text), at - Math.floor(textWidth(text) / 2)));
    line = line.slice(0, start) + text + line.slice(start + text.length);
  }
  return line;
}

function padded(text: string, columns: number): string {
  const cut = truncateText(text, columns);
  return cut + ' '.repeat(Math.max(0, columns - textWidth(cut)));
}
