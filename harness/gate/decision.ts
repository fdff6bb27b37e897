import { checkRule, checkSamples } from './check-rule.ts';
import { judgeMetric } from './judge-metric.ts';
import { confirmationNeeds, levelsOf } from './levels.ts';
import { leadEffect } from './log-ratios.ts';
import type { GateMetric, MetricSamples } from './metric-samples.ts';
import { percent } from './percent.ts';

/** How a gate judges. Shares, not percent: 0.03 is 3 %. */
export interface GateRule {
  /** A loss of speed below this fails nobody's build, however certain it is. */
  readonly margin: number;
  /** A pass has to exclude a loss of speed of this size. */
  readonly tolerated: number;
  /** The same two for costs, which hardly vary: an increase of the cost. */
  readonly costMargin: number;
  readonly costTolerated: number;
  /** Numbers of blocks at which the gate looks, ascending; the last is the most it will run before confirmation. */
  readonly looks: readonly number[];
  /** Chance at most that a family of metrics, none of which lost more than its margin, fails the gate; with confirmation. */
  readonly falseAlarm: number;
  /** Chance of the confirmation round alone to agree with a false alarm; the first round gets falseAlarm / this. */
  readonly confirmationLevel: number;
  /** Chance at most to pass a metric that lost as much as is tolerated. */
  readonly missedLoss: number;
  /** Fewest new blocks of the confirmation round. */
  readonly confirmationBlocks: number;
  /** What was planned to be measured: one of it without samples is never a pass. */
  readonly required: readonly RequiredMetric[];
  /** To say how long more blocks would take; null when it is not known. */
  readonly minutesPerBlock: number | null;
}

export interface RequiredMetric {
  readonly arm: string;
  /** `GateMetric.name`. */
  readonly metric: string;
}

export type GateVerdict = 'pass' | 'fail' | 'inconclusive';

/** What is known of one metric of one arm. */
export interface MetricDecision {
  readonly arm: string;
  readonly metric: GateMetric;
  readonly verdict: GateVerdict;
  /** One sentence with the figures. */
  readonly reason: string;
  /** Blocks that were judged. */
  readonly blocks: number;
  /**
   * candidate / base: geometric mean over blocks, and the interval the verdict was read from, at the levels the rule
   * grants this look and this metric. Null when nothing could be judged. `low` and `high` are the ends of the ratio,
   * whichever way is worse.
   */
  readonly ratio: { readonly estimate: number; readonly low: number; readonly high: number } | null;
  /** The ratio's plain 95 % t interval, for readers; no verdict is read from it. */
  readonly interval95: { readonly low: number; readonly high: number } | null;
  /** Standard deviation of the blocks' log ratios, about that of the ratio in shares; null below two blocks. */
  readonly blockSd: number | null;
  /** Two-sided p of the sign-flip permutation test of "no change": needs no normal distribution, knows no margin. */
  readonly signFlipP: number | null;
  /** Further blocks until this metric could probably be decided; 0 when it is, null when it cannot be told. */
  readonly neededBlocks: number | null;
}

/** The answer of the gate. */
export interface GateDecision {
  /** Of paired blocks never `fail` before a fresh round confirmed it: until then `inconclusive`, with `needsConfirmation`. */
  readonly verdict: GateVerdict;
  /** The first round found a loss (metrics with verdict `fail`): run `confirmationBlocks` new blocks, then `confirm`. */
  readonly needsConfirmation: boolean;
  /** Blocks to run for the confirmation; 0 when none is needed. */
  readonly confirmationBlocks: number;
  /** The worst first: fail, inconclusive, pass. */
  readonly metrics: readonly MetricDecision[];
  /** Why, each a sentence; what the reader must know even of a pass, such as an effect of the order. */
  readonly reasons: readonly string[];
  /** Further blocks until a decision is likely; null when decided, or when it cannot be told. */
  readonly needsAboutBlocks: number | null;
  /** Number of blocks of the next look; null at the last one, or when decided. */
  readonly nextLook: number | null;
}

/**
 * The chances are those at the worst: of a family that lost exactly its margin, and of a metric that lost exactly what is
 * tolerated. Without a change, or with one of 2 %, false alarms are far rarer; the simulation in the tests pins them at 0.5 %.
 */
export const DEFAULT_RULE: Omit<GateRule, 'required' | 'minutesPerBlock'> = Object.freeze({
  margin: 0.03,
  tolerated: 0.1,
  costMargin: 0.02,
  costTolerated: 0.05,
  looks: Object.freeze([6, 8, 12, 16, 24]),
  falseAlarm: 0.02,
  confirmationLevel: 0.2,
  missedLoss: 0.02,
  confirmationBlocks: 4,
});

/**
 * Judges all blocks so far. Call it at each of the rule's looks, or once before the next one when the time is up. Either
 * version has to lead half of the blocks. Throws RangeError for a rule that makes no sense, for a metric that is there
 * twice, and for more blocks than the last look has: looking again when all looks are spent would find something in the end.
 */
export function decide(samples: readonly MetricSamples[], rule: GateRule): GateDecision {
  checkRule(rule);
  checkSamples(samples);
  const [fewest = 0] = rule.looks;
  const metrics = samples.map((each) => {
    const levels = levelsOf(each, samples, rule);
    return judgeMetric(each, rule, { fewest, levels });
  });
  const gaps = gapsOf(samples, rule);
  const suspects = metrics.filter(({ verdict }) => verdict === 'fail');
  const { open, unsteady } = openOf(metrics, rule);
  const passed = suspects.length === 0 && open.length === 0 && gaps.length === 0 && hasPass(metrics);
  const blocks = Math.max(0, ...metrics.map((metric) => metric.blocks));
  const undecided = !passed && suspects.length === 0;
  const needsAboutBlocks = undecided ? needsOf(open) : null;
  const explained = passed ? metrics.filter(({ verdict }) => verdict === 'pass') : [...suspects, ...open];
  return {
    verdict: passed ? 'pass' : 'inconclusive',
    needsConfirmation: suspects.length > 0,
    confirmationBlocks: suspects.length > 0 ? confirmationNeeds(suspects, rule) : 0,
    metrics: worstFirst(metrics),
    reasons: [
      ...gaps,
      ...explained.map(({ reason }) => reason),
      ...(needsAboutBlocks === null ? [] : [needsSentence(needsAboutBlocks, rule)]),
      ...unsteady.map((metric) => unsteadySentence(metric, rule)),
      ...samples.flatMap(orderSentence),
    ],
    needsAboutBlocks,
    nextLook: undecided ? (rule.looks.find((look) => look > blocks) ?? null) : null,
  };
}

/**
 * Judges a suspicion of `first` by fresh blocks alone: none of those that `first` saw may be among them. It fails when one of
 * the metrics under suspicion is beyond its margin again; the two rounds are independent, so the chances of a false alarm in
 * each multiply. It passes only when the fresh round by itself passes every metric. Throws RangeError when `first` has no
 * suspicion.
 */
export function confirm(first: GateDecision, fresh: readonly MetricSamples[], rule: GateRule): GateDecision {
  checkRule(rule);
  checkSamples(fresh);
  if (!first.needsConfirmation) throw new RangeError('there is no suspicion to confirm');
  const suspects = first.metrics.filter(({ verdict }) => verdict === 'fail');
  const isSuspect = ({ arm, metric }: MetricSamples | MetricDecision) =>
    suspects.some((suspect) => suspect.arm === arm && suspect.metric.name === metric.name);
  const metrics = fresh.map((each) => {
    const levels = { fail: rule.confirmationLevel, pass: rule.missedLoss };
    const judged = judgeMetric(each, rule, { fewest: rule.confirmationBlocks, levels });
    // Only what was under suspicion can be confirmed: another loss that shows now was not there in the first round.
    return judged.verdict === 'fail' && !isSuspect(each) ? { ...judged, verdict: 'inconclusive' as const } : judged;
  });
  const confirmed = metrics.filter(({ verdict }) => verdict === 'fail');
  const { open, unsteady } = openOf(metrics, rule, isSuspect);
  const gaps = [...gapsOf(fresh, rule), ...lostSuspects(suspects, fresh)];
  const passed = confirmed.length === 0 && open.length === 0 && gaps.length === 0 && hasPass(metrics);
  const before = suspects.map(({ reason }) => `first round: ${reason}`);
  const explained = passed ? metrics.filter(({ verdict }) => verdict === 'pass') : [...confirmed, ...open];
  const now = explained.map(({ reason }) => `fresh round: ${reason}`);
  return {
    verdict: confirmed.length > 0 ? 'fail' : passed ? 'pass' : 'inconclusive',
    needsConfirmation: false,
    confirmationBlocks: 0,
    metrics: worstFirst(metrics),
    reasons: [
      ...gaps,
      confirmed.length > 0
        ? 'a fresh round confirmed the loss that the first one found'
        : 'a fresh round did not confirm the loss that the first one found',
      ...before,
      ...now,
      ...unsteady.map((metric) => unsteadySentence(metric, rule)),
      ...fresh.flatMap(orderSentence),
    ],
    needsAboutBlocks: null,
    nextLook: null,
  };
}

/**
 * Metrics a pass has to wait for, and costs it does not: one that varies from block to block by more than is tolerated is
 * no deterministic cost on this machine (statements of a server that shares transactions among the requests that happen to
 * wait), and waiting for it would keep every gate from passing. It can still fail, and one under suspicion is waited for.
 */
function openOf(
  metrics: readonly MetricDecision[],
  rule: GateRule,
  isSuspect: (metric: MetricDecision) => boolean = () => false,
): { readonly open: readonly MetricDecision[]; readonly unsteady: readonly MetricDecision[] } {
  const undecided = metrics.filter(({ verdict }) => verdict === 'inconclusive');
  const isUnsteady = (metric: MetricDecision) =>
    metric.metric.kind === 'cost' && (metric.blockSd ?? 0) > rule.costTolerated && !isSuspect(metric);
  return {
    open: undecided.filter((metric) => !isUnsteady(metric)),
    unsteady: undecided.filter(isUnsteady),
  };
}

function hasPass(metrics: readonly MetricDecision[]): boolean {
  return metrics.some(({ verdict }) => verdict === 'pass');
}

function unsteadySentence({ arm, metric, blockSd }: MetricDecision, { costTolerated }: GateRule): string {
  return `${arm}: ${metric.name} varies by ${percent(blockSd ?? 0)} from block to block, more than the ${percent(costTolerated)} that are tolerated: it may fail, but a pass does not wait for it`;
}

/** What was planned and is not there, each a sentence; without metrics there is nothing to pass. */
function gapsOf(samples: readonly MetricSamples[], rule: GateRule): readonly string[] {
  const gaps = rule.required
    .filter(({ arm, metric }) => !samples.some((each) => each.arm === arm && each.metric.name === metric))
    .map(({ arm, metric }) => `${arm}: ${metric} was to be measured and is not there`);
  return samples.length === 0 && gaps.length === 0 ? ['nothing was measured'] : gaps;
}

function lostSuspects(suspects: readonly MetricDecision[], fresh: readonly MetricSamples[]): readonly string[] {
  return suspects
    .filter(({ arm, metric }) => !fresh.some((each) => each.arm === arm && each.metric.name === metric.name))
    .map(({ arm, metric }) => `${arm}: ${metric.name} is under suspicion and was not measured again`);
}

function needsOf(open: readonly MetricDecision[]): number | null {
  const needs = open.map(({ neededBlocks }) => neededBlocks);
  if (needs.length === 0 || needs.some((need) => need === null)) return null;
  return Math.max(...needs.map((need) => need ?? 0));
}

function needsSentence(blocks: number, { minutesPerBlock }: GateRule): string {
  const minutes = minutesPerBlock === null ? '' : ` (${Math.ceil(blocks * minutesPerBlock)} minutes)`;
  return `needs about ${blocks} more blocks${minutes}`;
}

/** An advantage of being measured first cancels out over balanced blocks, but it widens the interval: worth a sentence. */
function orderSentence({ arm, metric, blocks }: MetricSamples): readonly string[] {
  const effect = leadEffect(blocks);
  if (effect === undefined) return [];
  const { baseFirst, candidateFirst, p } = effect;
  return [
    `${arm}: the order of measuring matters for ${metric.name}: candidate / base is ${baseFirst.toFixed(3)} in blocks that base led and ${candidateFirst.toFixed(3)} in the others (p = ${p.toPrecision(1)}); half of either cancels it out, but look for what is not warm`,
  ];
}

const RANK: Readonly<Record<GateVerdict, number>> = { fail: 0, inconclusive: 1, pass: 2 };

function worstFirst(metrics: readonly MetricDecision[]): readonly MetricDecision[] {
  return metrics.toSorted((a, b) => RANK[a.verdict] - RANK[b.verdict]);
}
