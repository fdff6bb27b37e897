import { mean, sampleVariance } from 'simple-statistics';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { tQuantile } from '../measure/distributions.ts';
import { fingerprintDifferences } from '../report/machine-fingerprint.ts';
import { type MeasuredResult, repeatedRun, unfitArmReason, unfitReason } from '../report/measured-result.ts';
import { armRecord, type Baseline, type BaselineArmRecord, FEWEST_RUNS } from './baseline.ts';
import { checkRule } from './check-rule.ts';
import type { GateDecision, GateRule, MetricDecision } from './decision.ts';
import { unjudged } from './judge-metric.ts';
import { judgeRatio, type LookLevels } from './judge-ratio.ts';
import { shareOfLevel } from './levels.ts';
import type { GateMetric } from './metric-samples.ts';

/** A figure of both sides, one value a run; an empty side has none. */
interface RunValues {
  readonly arm: string;
  readonly metric: GateMetric;
  readonly base: readonly number[];
  readonly candidate: readonly number[];
}

/**
 * Holds runs against a baseline: ratios to the ceiling and to other arms of the same run, and costs. Msg/s only when
 * `absolute` is asked for, and then CommandError (usage) is thrown unless the machine is of the kind the baseline was saved on.
 *
 * Runs of other days are not paired, so there is one look and Welch's t test, and no confirmation: fresh runs would meet the
 * same baseline again, and its luck. A failure stands at the rule's whole level. What is missing or does not fit on either
 * side is a reason, and never a pass.
 */
export function decideAgainstBaseline(
  results: readonly MeasuredResult[],
  baseline: Baseline,
  rule: GateRule,
  { absolute = false }: { readonly absolute?: boolean } = {},
): GateDecision {
  checkRule(rule);
  if (absolute) refuseOtherMachine(results, baseline);
  const gaps = gapsOf(results, baseline);
  const values = gaps.length > 0 ? [] : baseline.arms.flatMap((arm) => valuesOf(arm, results, absolute));
  const family = values.map(({ metric }) => metric);
  const metrics = values.map((each) =>
    judgeValues(each, rule, {
      fail: rule.falseAlarm * shareOfLevel(each.metric, family),
      pass: rule.missedLoss,
    }),
  );
  const failed = metrics.filter(({ verdict }) => verdict === 'fail');
  const open = metrics.filter(({ verdict }) => verdict === 'inconclusive');
  const nothing = gaps.length === 0 && metrics.length === 0 ? ['the baseline has no figure to compare with'] : [];
  const passed = [gaps, nothing, failed, open].every((list) => list.length === 0);
  return {
    verdict: failed.length > 0 ? 'fail' : passed ? 'pass' : 'inconclusive',
    needsConfirmation: false,
    confirmationBlocks: 0,
    metrics: [...failed, ...open, ...metrics.filter(({ verdict }) => verdict === 'pass')],
    reasons: [...gaps, ...nothing, ...(passed ? metrics : [...failed, ...open]).map(({ reason }) => reason)],
    needsAboutBlocks: null,
    nextLook: null,
  };
}

function refuseOtherMachine(results: readonly MeasuredResult[], { machine, name }: Baseline): void {
  const differences = new Set(results.flatMap(({ environment }) => fingerprintDifferences(machine, environment)));
  if (differences.size === 0) return;
  throw new CommandError(
    EXIT_CODE.usage,
    `Msg/s cannot be held against the baseline ${name}: it is of another machine, which differs in ${[...differences].join(', ')}.`,
    { hint: 'Compare ratios and costs instead, or save a baseline on this machine.' },
  );
}

/** What keeps the runs from being compared at all, each a sentence. */
function gapsOf(results: readonly MeasuredResult[], baseline: Baseline): readonly string[] {
  if (results.length === 0) return ['nothing was run'];
  const twice = repeatedRun(results);
  if (twice !== undefined) return [twice];
  return results.flatMap((result) => {
    const which = `the run of ${result.startedAt}`;
    const unfit = unfitReason(result);
    if (unfit !== undefined) return [`${which} cannot be compared: ${unfit}`];
    if (result.scenario !== baseline.scenario) {
      return [`${which} is of ${result.scenario}, and the baseline of ${baseline.scenario}`];
    }
    return baseline.arms.flatMap((arm) => armGap(arm, result).map((gap) => `${which}: ${gap}`));
  });
}

function armGap({ name, parameters }: BaselineArmRecord, { arms }: MeasuredResult): readonly string[] {
  const arm = arms.find((candidate) => candidate.name === name);
  if (arm === undefined) return [`arm ${name} of the baseline is missing`];
  const unfit = unfitArmReason(arm);
  if (unfit !== undefined) return [`${name}: ${unfit}`];
  const keys = [...new Set([...Object.keys(parameters), ...Object.keys(arm.parameters)])];
  return keys
    .filter((key) => JSON.stringify(parameters[key]) !== JSON.stringify(arm.parameters[key]))
    .map((key) => `${name}: ${key} was ${shown(parameters[key])} in the baseline and is ${shown(arm.parameters[key])}`);
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? 'not there';
}

function valuesOf(
  base: BaselineArmRecord,
  results: readonly MeasuredResult[],
  absolute: boolean,
): readonly RunValues[] {
  const candidate = armRecord(base.name, base.parameters, results);
  const speed = (name: string, unit: string, baseValues: readonly number[], values: readonly number[]): RunValues => ({
    arm: base.name,
    metric: { name, unit, better: 'higher', kind: 'speed' },
    base: baseValues,
    candidate: values,
  });
  const ratioTo = (denominator: string) => candidate.ratios.find((ratio) => ratio.denominator === denominator);
  const all = [
    speed('ceilingFraction', 'of plain SQL', base.ceilingFraction, candidate.ceilingFraction),
    ...base.ratios.map(({ denominator, values }) =>
      speed(`ratio to ${denominator}`, '×', values, ratioTo(denominator)?.values ?? []),
    ),
    ...Object.entries(base.costs).map(
      ([name, values]): RunValues => ({
        arm: base.name,
        metric: { name, unit: 'a message', better: 'lower', kind: 'cost' },
        base: values,
        candidate: candidate.costs[name] ?? [],
      }),
    ),
    ...(absolute ? [speed('throughput', 'msg/s', base.throughputMsgPerS, candidate.throughputMsgPerS)] : []),
  ];
  // What the baseline never had (no ceiling was measured) is not missing now.
  return all.filter((values) => values.base.length > 0);
}

function judgeValues(values: RunValues, rule: GateRule, levels: LookLevels): MetricDecision {
  const { arm, metric, base, candidate } = values;
  const runs = candidate.length;
  const few = [base, candidate].find(({ length }) => length < FEWEST_RUNS);
  if (few !== undefined) {
    const side = few === base ? 'the baseline' : 'what was run now';
    const why = `${side} has it of ${few.length} runs, and at least ${FEWEST_RUNS} are needed`;
    return unjudged(values, why, runs, few === candidate ? FEWEST_RUNS - runs : null);
  }
  const bad = [...base, ...candidate].find((value) => !Number.isFinite(value) || value <= 0);
  if (bad !== undefined) return unjudged(values, `there is no ratio of ${bad}`, runs, null);
  const [then, now] = [spreadOf(base), spreadOf(candidate)];
  const error = Math.sqrt(then.errorSquared + now.errorSquared);
  const estimate = {
    meanLog: now.mean - then.mean,
    error,
    degrees: welchDegrees(then, now),
    from: `${runs} runs against ${base.length}`,
  };
  const { verdict, reason, ratio } = judgeRatio(values, estimate, rule, levels);
  const half = tQuantile(0.975, estimate.degrees) * error;
  return {
    arm,
    metric,
    verdict,
    reason,
    blocks: runs,
    ratio,
    interval95: { low: Math.exp(estimate.meanLog - half), high: Math.exp(estimate.meanLog + half) },
    blockSd: Math.sqrt(now.errorSquared * runs),
    signFlipP: null,
    neededBlocks: verdict === 'inconclusive' ? null : 0,
  };
}

interface Spread {
  readonly mean: number;
  /** Variance of the mean. */
  readonly errorSquared: number;
  readonly degrees: number;
}

function spreadOf(values: readonly number[]): Spread {
  const logs = values.map(Math.log);
  return { mean: mean(logs), errorSquared: sampleVariance(logs) / logs.length, degrees: logs.length - 1 };
}

/** Of Welch and Satterthwaite, rounded down; of values without any spread those of equal variances. */
function welchDegrees(a: Spread, b: Spread): number {
  const sum = (a.errorSquared + b.errorSquared) ** 2;
  if (sum === 0) return a.degrees + b.degrees;
  return Math.max(1, Math.floor(sum / (a.errorSquared ** 2 / a.degrees + b.errorSquared ** 2 / b.degrees)));
}
