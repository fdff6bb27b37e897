import { tQuantile } from '../measure/distributions.ts';
import type { GateRule, GateVerdict } from './decision.ts';
import type { GateMetric } from './metric-samples.ts';
import { percent } from './percent.ts';

/** One-sided nominal levels of one look: to find a loss beyond the margin, and to exclude the tolerated one. */
export interface LookLevels {
  readonly fail: number;
  readonly pass: number;
}

/** Losses as logarithms, positive when worse: what fails from where on, and what a pass excludes. */
export interface LossLimits {
  readonly failLog: number;
  readonly passLog: number;
}

/** What was found of the logarithm of candidate / base. */
export interface RatioEstimate {
  readonly meanLog: number;
  /** Standard error of the mean, and its degrees of freedom. */
  readonly error: number;
  readonly degrees: number;
  /** What it was found from, as `16 blocks`. */
  readonly from: string;
}

export interface JudgedRatio {
  readonly verdict: GateVerdict;
  readonly reason: string;
  readonly ratio: { readonly estimate: number; readonly low: number; readonly high: number };
}

/** A loss of 3 % of a speed is a ratio of 0.97; of something that is better low it is a ratio of 1.03. */
export function lossLimits(
  { kind, better }: Pick<GateMetric, 'kind' | 'better'>,
  rule: Pick<GateRule, 'margin' | 'tolerated' | 'costMargin' | 'costTolerated'>,
): LossLimits {
  const [margin, tolerated] = kind === 'speed' ? [rule.margin, rule.tolerated] : [rule.costMargin, rule.costTolerated];
  const lossLog = (share: number) => (better === 'higher' ? -Math.log(1 - share) : Math.log(1 + share));
  return { failLog: lossLog(margin), passLog: lossLog(tolerated) };
}

/** The loss in a logarithm of candidate / base: positive when worse, whichever way that is. */
export function lossOf(meanLog: number, { better }: Pick<GateMetric, 'better'>): number {
  return better === 'higher' ? -meanLog : meanLog;
}

/** Reads the verdict from the ends of the interval: the better end fails, the worse end passes. */
export function judgeRatio(
  { arm, metric }: { readonly arm: string; readonly metric: GateMetric },
  { meanLog, error, degrees, from }: RatioEstimate,
  rule: GateRule,
  levels: LookLevels,
): JudgedRatio {
  const loss = lossOf(meanLog, metric);
  const least = loss - tQuantile(1 - levels.fail, degrees) * error;
  const most = loss + tQuantile(1 - levels.pass, degrees) * error;
  const { failLog, passLog } = lossLimits(metric, rule);
  // A loss may lie between the margin and what is tolerated, and be sure: then it fails.
  const verdict = least > failLog ? 'fail' : most < passLog ? 'pass' : 'inconclusive';
  const [low, high] = metric.better === 'higher' ? [-most, -least] : [least, most];
  const ratio = { estimate: Math.exp(meanLog), low: Math.exp(low), high: Math.exp(high) };
  const interval = `ratio ${ratio.low.toFixed(3)} to ${ratio.high.toFixed(3)}, ${from}`;
  const figure = `${arm}: ${metric.name} ${changeText(ratio.estimate)} (${interval})`;
  const worst = metric.better === 'higher' ? 1 - ratio.low : ratio.high - 1;
  return { verdict, reason: `${figure}: ${consequence(verdict, metric, rule, worst)}`, ratio };
}

function changeText(ratio: number): string {
  if (ratio === 1) return 'unchanged';
  return ratio < 1 ? `${percent(1 - ratio)} lower` : `${percent(ratio - 1)} higher`;
}

function consequence(verdict: GateVerdict, { kind }: GateMetric, rule: GateRule, worst: number): string {
  const [margin, tolerated] = kind === 'speed' ? [rule.margin, rule.tolerated] : [rule.costMargin, rule.costTolerated];
  switch (verdict) {
    case 'fail':
      return `a loss beyond the margin of ${percent(margin)}`;
    case 'pass':
      return `a loss of ${percent(tolerated)} is excluded`;
    default:
      return `a loss of ${percent(worst)} is possible, and one of ${percent(tolerated)} has to be excluded`;
  }
}
