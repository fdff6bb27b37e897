import { costTitle } from '../report/cost-figure.ts';
import { formatRate, formatSmall } from '../report/figure-format.ts';
import type { GateMetric } from './metric-samples.ts';

const TITLES: Readonly<Record<string, string>> = {
  throughput: 'msg/s',
  popAck: 'popped and acked msg/s',
  serverLoopCpuUs: 'event loop CPU µs',
  statementsPerTransaction: 'statements a transaction',
};

/** A metric as readers know it from reports. */
export function metricTitle({ name, kind }: Pick<GateMetric, 'name' | 'kind'>): string {
  return TITLES[name] ?? (kind === 'cost' ? costTitle(name) : name);
}

/** A figure of the metric without its unit. */
export function metricFigure({ kind }: Pick<GateMetric, 'kind'>, value: number | null): string {
  if (value === null) return '–';
  return kind === 'speed' ? formatRate(value) : formatSmall(value);
}

/** A ratio as a change: `−6.3 %`, `+0.4 %`; a true minus, which is as wide as the plus. */
export function formatChange(ratio: number): string {
  const percent = (ratio - 1) * 100;
  const size = Math.abs(percent).toFixed(Math.abs(percent) < 100 ? 1 : 0);
  return `${percent < 0 && Number(size) !== 0 ? '−' : '+'}${size} %`;
}

/** The two ends of an interval of ratios: `[−9.7 %, −3.1 %]`. */
export function formatChanges({ low, high }: { readonly low: number; readonly high: number }): string {
  return `[${formatChange(low)}, ${formatChange(high)}]`;
}
