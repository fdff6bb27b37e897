import { tPower, tQuantile } from '../measure/distributions.ts';
import { spendLevels } from './alpha-spending.ts';
import type { GateRule } from './decision.ts';
import { lossLimits } from './judge-ratio.ts';
import { firstRoundLevel } from './levels.ts';
import type { GateMetric } from './metric-samples.ts';

/** With which chance the smallest detectable change is detected. */
const DETECTION_POWER = 0.8;

/** What is known before a gate is run. */
export interface GatePlan {
  readonly rule: Pick<
    GateRule,
    'margin' | 'tolerated' | 'costMargin' | 'costTolerated' | 'looks' | 'falseAlarm' | 'confirmationLevel'
  >;
  readonly metric: Pick<GateMetric, 'better' | 'kind'>;
  /** Standard deviation of the blocks' log ratios. */
  readonly blockSd: number;
  /** Blocks of the first round; below the rule's last look when time is short. */
  readonly blocks: number;
  readonly confirmationBlocks: number;
  /** What the metric gets of the family's level, see shareOfLevel. */
  readonly share: number;
}

/**
 * The smallest loss, as a share, that fails a gate with a chance of 80 %, confirmation included. Looks before the last one
 * add a little that is not counted. Null when even the largest loss would not.
 */
export function smallestChange(plan: GatePlan): number | null {
  const { failLog } = lossLimits(plan.metric, plan.rule);
  let high = failLog + LARGEST_LOG;
  if (detectionPower(plan, high) < DETECTION_POWER) return null;
  let low = failLog;
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (detectionPower(plan, middle) < DETECTION_POWER) low = middle;
    else high = middle;
  }
  return plan.metric.better === 'higher' ? 1 - Math.exp(-high) : Math.exp(high) - 1;
}

/** A loss of 95 % of a speed: whoever cannot see that sees nothing. */
const LARGEST_LOG = 3;

function detectionPower(plan: GatePlan, lossLog: number): number {
  const { rule, blocks, confirmationBlocks, share } = plan;
  const looks = [...rule.looks.filter((look) => look < blocks), blocks];
  const most = Math.max(rule.looks.at(-1) ?? blocks, blocks);
  const level = spendLevels(looks, most, firstRoundLevel(rule) * share).at(-1) ?? 0;
  return powerOf(plan, lossLog, level, blocks) * powerOf(plan, lossLog, rule.confirmationLevel, confirmationBlocks);
}

function powerOf({ rule, metric, blockSd }: GatePlan, lossLog: number, level: number, blocks: number): number {
  const gap = lossLog - lossLimits(metric, rule).failLog;
  if (blockSd === 0) return gap > 0 ? 1 : 0;
  return tPower(tQuantile(1 - level, blocks - 1), blocks - 1, (gap * Math.sqrt(blocks)) / blockSd);
}
