import { normalQuantile, tQuantile } from '../measure/distributions.ts';
import type { GateRule, GateVerdict, MetricDecision } from './decision.ts';
import { interval95, type LogRatios, logRatiosOf, signFlipP } from './log-ratios.ts';
import type { GateMetric, MetricSamples } from './metric-samples.ts';
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

/** A loss of 3 % of a speed is a ratio of 0.97; of something that is better low it is a ratio of 1.03. */
export function lossLimits(
  { kind, better }: Pick<GateMetric, 'kind' | 'better'>,
  rule: Pick<GateRule, 'margin' | 'tolerated' | 'costMargin' | 'costTolerated'>,
): LossLimits {
  const [margin, tolerated] = kind === 'speed' ? [rule.margin, rule.tolerated] : [rule.costMargin, rule.costTolerated];
  const lossLog = (share: number) => (better === 'higher' ? -Math.log(1 - share) : Math.log(1 + share));
  return { failLog: lossLog(margin), passLog: lossLog(tolerated) };
}

/** Judges one metric at one look; what cannot be judged is inconclusive, and the reason says why. */
export function judgeMetric(
  samples: MetricSamples,
  rule: GateRule,
  { fewest, levels }: { readonly fewest: number; readonly levels: LookLevels },
): MetricDecision {
  const { arm, metric, blocks } = samples;
  const ratios = logRatiosOf(samples, fewest);
  if (typeof ratios === 'string') {
    const nothing = { ratio: null, interval95: null, blockSd: null, signFlipP: null };
    const neededBlocks = blocks.length < fewest ? fewest - blocks.length : null;
    const reason = `${arm}: ${metric.name} cannot be judged: ${ratios}`;
    return { arm, metric, verdict: 'inconclusive', reason, blocks: blocks.length, ...nothing, neededBlocks };
  }
  const limits = lossLimits(metric, rule);
  const loss = lossInterval(ratios, metric, levels);
  const verdict = verdictOf(loss, limits);
  const [low, high] = metric.better === 'higher' ? [-loss.high, -loss.low] : [loss.low, loss.high];
  const ratio = { estimate: Math.exp(ratios.mean), low: Math.exp(low), high: Math.exp(high) };
  return {
    arm,
    metric,
    verdict,
    reason: reasonOf(samples, verdict, ratio, rule),
    blocks: blocks.length,
    ratio,
    interval95: interval95(ratios),
    blockSd: ratios.sd,
    signFlipP: signFlipP(ratios.values),
    neededBlocks: verdict === 'inconclusive' ? furtherBlocks(ratios, loss.centre, limits, levels) : 0,
  };
}

/** The loss with its lower bound, which a failure is read from, and its upper bound, which a pass is read from. */
interface LossInterval {
  readonly centre: number;
  readonly low: number;
  readonly high: number;
}

function lossInterval({ values, mean, sd }: LogRatios, metric: GateMetric, levels: LookLevels): LossInterval {
  const centre = metric.better === 'higher' ? -mean : mean;
  const error = sd / Math.sqrt(values.length);
  const reach = (level: number) => tQuantile(1 - level, values.length - 1) * error;
  return { centre, low: centre - reach(levels.fail), high: centre + reach(levels.pass) };
}

/** A loss may lie between the margin and what is tolerated, and be sure: then it fails. */
function verdictOf({ low, high }: LossInterval, { failLog, passLog }: LossLimits): GateVerdict {
  if (low > failLog) return 'fail';
  return high < passLog ? 'pass' : 'inconclusive';
}

function reasonOf(
  { arm, metric, blocks }: MetricSamples,
  verdict: GateVerdict,
  { estimate, low, high }: NonNullable<MetricDecision['ratio']>,
  rule: GateRule,
): string {
  const [margin, tolerated] =
    metric.kind === 'speed' ? [rule.margin, rule.tolerated] : [rule.costMargin, rule.costTolerated];
  const change = estimate < 1 ? `${percent(1 - estimate)} lower` : `${percent(estimate - 1)} higher`;
  const figure = `${arm}: ${metric.name} is ${change} (ratio ${[low, high].map((end) => end.toFixed(3)).join(' to ')}, ${blocks.length} blocks)`;
  const worst = metric.better === 'higher' ? 1 - low : high - 1;
  switch (verdict) {
    case 'fail':
      return `${figure}: a loss beyond the margin of ${percent(margin)}`;
    case 'pass':
      return `${figure}: a loss of ${percent(tolerated)} is excluded`;
    default:
      return `${figure}: a loss of ${percent(worst)} is possible, and ${percent(tolerated)} have to be excluded`;
  }
}

/** Beyond this many the machine is too noisy for the question, whatever the patience. */
const MOST_FURTHER = 1000;

/** Blocks until, at the present estimate and noise, the interval leaves one of the limits; null beyond all patience. */
function furtherBlocks(
  { values, sd }: LogRatios,
  loss: number,
  { failLog, passLog }: LossLimits,
  levels: LookLevels,
): number | null {
  const needs = [
    blocksFor(loss - failLog, sd, levels.fail, values.length),
    blocksFor(passLog - loss, sd, levels.pass, values.length),
  ];
  const further = Math.min(...needs) - values.length;
  return further > MOST_FURTHER ? null : further;
}

/** The first number of blocks above `from` at which a t interval of this level reaches no further than the gap. */
export function blocksFor(gap: number, sd: number, level: number, from: number): number {
  if (gap <= 0) return Number.POSITIVE_INFINITY;
  // The normal quantile is below Student's: a first guess that is never too high.
  let blocks = Math.max(from + 1, Math.floor(((normalQuantile(1 - level) * sd) / gap) ** 2));
  if (blocks - from > MOST_FURTHER) return Number.POSITIVE_INFINITY;
  while ((tQuantile(1 - level, blocks - 1) * sd) / Math.sqrt(blocks) > gap) blocks += 1;
  return blocks;
}
