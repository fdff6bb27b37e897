import { normalQuantile, tQuantile } from '../measure/distributions.ts';
import type { GateRule, MetricDecision } from './decision.ts';
import { judgeRatio, type LookLevels, lossLimits, lossOf } from './judge-ratio.ts';
import { interval95, type LogRatios, logRatiosOf, signFlipP } from './log-ratios.ts';
import type { GateMetric, MetricSamples } from './metric-samples.ts';

/** Judges one metric at one look; what cannot be judged is inconclusive, and the reason says why. */
export function judgeMetric(
  samples: MetricSamples,
  rule: GateRule,
  { fewest, levels }: { readonly fewest: number; readonly levels: LookLevels },
): MetricDecision {
  const { arm, metric, blocks } = samples;
  const ratios = logRatiosOf(samples, fewest);
  if (typeof ratios === 'string') {
    const neededBlocks = blocks.length < fewest ? fewest - blocks.length : null;
    return unjudged(samples, ratios, blocks.length, neededBlocks);
  }
  const { values, mean, sd } = ratios;
  const estimate = {
    meanLog: mean,
    error: sd / Math.sqrt(values.length),
    degrees: values.length - 1,
    from: `${values.length} blocks`,
  };
  const { verdict, reason, ratio } = judgeRatio(samples, estimate, rule, levels);
  return {
    arm,
    metric,
    verdict,
    reason,
    blocks: blocks.length,
    ratio,
    interval95: interval95(ratios),
    blockSd: sd,
    signFlipP: signFlipP(values),
    neededBlocks: verdict === 'inconclusive' ? furtherBlocks(ratios, metric, rule, levels) : 0,
  };
}

/** A metric of which nothing can be said, and why: never a pass. */
export function unjudged(
  { arm, metric }: { readonly arm: string; readonly metric: GateMetric },
  why: string,
  blocks: number,
  neededBlocks: number | null,
): MetricDecision {
  const reason = `${arm}: ${metric.name} cannot be judged: ${why}`;
  const nothing = { ratio: null, interval95: null, blockSd: null, signFlipP: null };
  return { arm, metric, verdict: 'inconclusive', reason, blocks, ...nothing, neededBlocks };
}

/** Beyond this many the machine is too noisy for the question, whatever the patience. */
const MOST_FURTHER = 1000;

/** Blocks until, at the present estimate and noise, the interval leaves one of the limits; null beyond all patience. */
function furtherBlocks(
  { values, mean, sd }: LogRatios,
  metric: GateMetric,
  rule: GateRule,
  levels: LookLevels,
): number | null {
  const { failLog, passLog } = lossLimits(metric, rule);
  const loss = lossOf(mean, metric);
  const needed = Math.min(
    blocksFor(loss - failLog, sd, levels.fail, values.length),
    blocksFor(passLog - loss, sd, levels.pass, values.length),
  );
  return needed - values.length > MOST_FURTHER ? null : needed - values.length;
}

/** The first number of blocks above `from` at which a t interval of this level reaches no further than the gap. */
function blocksFor(gap: number, sd: number, level: number, from: number): number {
  if (gap <= 0) return Number.POSITIVE_INFINITY;
  // The normal quantile is below Student's: a first guess that is never too high.
  let blocks = Math.max(from + 1, Math.floor(((normalQuantile(1 - level) * sd) / gap) ** 2));
  if (blocks - from > MOST_FURTHER) return Number.POSITIVE_INFINITY;
  while ((tQuantile(1 - level, blocks - 1) * sd) / Math.sqrt(blocks) > gap) blocks += 1;
  return blocks;
}
