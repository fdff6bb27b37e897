import { tPower, tQuantile } from '../measure/distributions.ts';
import { spendLevels } from './alpha-spending.ts';
import type { GateRule, MetricDecision } from './decision.ts';
import { type LookLevels, lossLimits, lossOf } from './judge-ratio.ts';
import type { GateMetric, MetricSamples } from './metric-samples.ts';

/**
 * Of the family's level the costs share half and the speeds half, however many there are of either: there are many more costs
 * than speeds, and in an even split the speeds would get a tenth. Power of one of three speeds at −8 % is 72 % with this.
 */
const SHARE_OF_COSTS = 0.5;

/**
 * The levels of one metric at this look. Failures: a weighted Bonferroni share of the first round's level, so that the whole family
 * keeps it (Holm's procedure would fail the same gates: its first step is Bonferroni's, and one failed metric is enough).
 * Passes need no share, because a gate passes only when every metric does. Both are spent over the looks.
 */
export function levelsOf(each: MetricSamples, all: readonly MetricSamples[], rule: GateRule): LookLevels {
  const most = rule.looks.at(-1) ?? 0;
  const blocks = each.blocks.length;
  if (blocks > most) throw new RangeError(`${each.arm}: ${blocks} blocks, but the last look is at ${most}`);
  const looks = [...rule.looks.filter((look) => look < blocks), Math.max(blocks, rule.looks[0] ?? 0)];
  const level =
    firstRoundLevel(rule) *
    shareOfLevel(
      each.metric,
      all.map(({ metric }) => metric),
    );
  return {
    fail: spendLevels(looks, most, level).at(-1) ?? 0,
    pass: spendLevels(looks, most, rule.missedLoss).at(-1) ?? 0,
  };
}

/** What the confirmation leaves to the first round: the two are independent, so their chances multiply. */
export function firstRoundLevel({
  falseAlarm,
  confirmationLevel,
}: Pick<GateRule, 'falseAlarm' | 'confirmationLevel'>): number {
  return falseAlarm / confirmationLevel;
}

/** What one metric of a family gets of its level; the shares of a family add up to 1. */
export function shareOfLevel({ kind }: GateMetric, family: readonly GateMetric[]): number {
  const alike = family.filter((other) => other.kind === kind).length;
  if (alike === family.length) return 1 / alike;
  return (kind === 'cost' ? SHARE_OF_COSTS : 1 - SHARE_OF_COSTS) / alike;
}

/** The chance wanted of a confirmation to confirm what the first round found, as far as that was not luck. */
const CONFIRMATION_POWER = 0.95;

/**
 * New blocks for a confirmation: enough for the clearest suspicion to be confirmed with 95 % if it is true, an even number
 * (so that either version can lead half of them), at least the rule's fewest and at most as many as the last look has.
 */
export function confirmationNeeds(suspects: readonly MetricDecision[], rule: GateRule): number {
  const most = Math.max(rule.looks.at(-1) ?? 0, rule.confirmationBlocks);
  const fewest = rule.confirmationBlocks + (rule.confirmationBlocks % 2);
  for (let blocks = fewest; blocks < most; blocks += 2) {
    if (suspects.some((suspect) => powerToConfirm(suspect, blocks, rule) >= CONFIRMATION_POWER)) return blocks;
  }
  return most;
}

function powerToConfirm({ ratio, blockSd, metric }: MetricDecision, blocks: number, rule: GateRule): number {
  if (ratio === null || blockSd === null) return 0;
  const gap = lossOf(Math.log(ratio.estimate), metric) - lossLimits(metric, rule).failLog;
  if (blockSd === 0) return gap > 0 ? 1 : 0;
  const critical = tQuantile(1 - rule.confirmationLevel, blocks - 1);
  return tPower(critical, blocks - 1, (gap * Math.sqrt(blocks)) / blockSd);
}
