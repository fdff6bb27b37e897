import { median } from 'simple-statistics';
import { mergeVerdicts } from '../checkers/verdict.ts';
import { curveOfPercentiles } from '../measure/curve-of-percentiles.ts';
import { bootstrapMedian } from '../measure/interval.ts';
import { latencyPercentiles, mergeHistograms } from '../measure/latency.ts';
import type { ArmResult, SeriesRecord } from '../report/result.ts';
import type { Arm } from '../scenario/scenario.ts';
import { budgetInAll, expectedBudget } from '../target/expected-budget.ts';
import type { TargetOrder } from '../target/target-order.ts';
import { armErrors } from './arm-errors.ts';
import { armSaturation } from './arm-saturation.ts';
import { armSteadiness } from './arm-steadiness.ts';
import { bottleneckOf } from './bottleneck.ts';
import { bottleneckSigns } from './bottleneck-signs.ts';
import type { CeilingRounds } from './ceiling-rounds.ts';
import { costsPerMessage } from './costs-per-message.ts';
import { inconclusiveArm } from './inconclusive-arm.ts';
import { openLoopOf } from './open-loop-record.ts';
import { popAckOf } from './pop-ack.ts';
import { isMeasured, type RefusedRun, type RunRecord } from './run-record.ts';

export interface ArmSummaryContext {
  readonly ceilings: CeilingRounds;
  /** A server that was not started here: the scenario's `server` group tells nothing of it. */
  readonly target: TargetOrder | undefined;
  readonly maxConnections: number | null;
  readonly cores: number;
  readonly seed: number;
}

/** Puts the rounds of one arm together. Without a valid proof of every round there is no figure. */
export function summarizeArm(
  arm: Arm,
  allRuns: readonly (RunRecord | RefusedRun)[],
  context: ArmSummaryContext,
): ArmResult {
  const runs = allRuns.filter(isMeasured);
  const verdict = mergeVerdicts(runs.map((run) => run.verdict));
  const proven = verdict === 'valid';
  const steadiness = armSteadiness(arm, runs);
  const saturation = armSaturation(arm, runs, context.seed);
  const inconclusive = proven ? inconclusiveArm(arm, runs) : undefined;
  const samples = runs.flatMap((run) => run.samples);
  const latency = mergeHistograms(proven ? runs.map(({ summary }) => summary.latencyHistogram) : []);
  const peak = (count: (sample: (typeof samples)[number]) => number): number =>
    samples.reduce((highest, sample) => Math.max(highest, count(sample)), 0);
  return {
    name: arm.name,
    parameters: parametersOf(arm, context.target),
    rounds: runs.length,
    verdict,
    refused: allRuns.flatMap((run) => (isMeasured(run) ? [] : [run.refused]))[0] ?? null,
    attemptedMessages: total(runs, ({ summary }) => summary.attemptedMessages),
    acknowledgedMessages: total(runs, ({ summary }) => summary.acknowledgedMessages),
    throughputMsgPerS: proven ? bootstrapMedian(rates(runs), context.seed) : null,
    throughputByRound: runs.map((run) => (run.verdict === 'valid' ? run.summary.throughputMsgPerS : null)),
    requestsPerS: proven ? median(runs.map(({ summary }) => summary.requestsPerS)) : null,
    latencyUs: proven ? latencyPercentiles(latency) : null,
    percentileCurve: proven ? curveOfPercentiles(latency) : null,
    ...(arm.load.open === undefined ? {} : { openLoop: proven ? (openLoopOf(runs) ?? null) : null }),
    ...(arm.drain.mode === 'ack' ? { popAck: proven ? popAckOf(arm, runs, context.seed) : null } : {}),
    ...(saturation === undefined ? {} : { saturation: proven ? saturation : null }),
    ...(steadiness === undefined ? {} : { steadiness }),
    ...(arm.faults.length > 0 ? { faults: runs.flatMap(faultsOf) } : {}),
    errors: mergeErrors(runs),
    ...(runs.length === 0 ? {} : { errorReport: armErrors(runs) }),
    connections: {
      peak: peak((sample) => sample.async + sample.regular + sample.control + sample.unnamed),
      peakAsync: peak((sample) => sample.async),
      peakRegular: peak((sample) => sample.regular),
      budget: budgetOf(arm, context.target),
      maxConnections: context.maxConnections,
    },
    costs: proven ? costsPerMessage(runs) : {},
    // What an open loop asks for is no measure of what the server can do.
    ceilingFraction: proven && arm.load.model !== 'open' ? ceilingFractionOf(arm, runs, context.ceilings) : null,
    bottleneck: proven ? limitOf(runs, context.cores) : null,
    series: proven ? runs.map(seriesOf) : [],
    system: runs.map(({ system }) => system),
    ...(inconclusive === undefined ? {} : { inconclusive }),
  };
}

function budgetOf({ server }: Arm, target: TargetOrder | undefined): number | null {
  if (target === undefined) return expectedBudget(server.poolSize, server.poolMode).total;
  return target.poolSize === undefined ? null : budgetInAll(target.poolSize).total;
}

/** On the time axis of the run's charts: milliseconds from the start of its measured window. */
function faultsOf({ planned, faults, measuredFromUs }: RunRecord): NonNullable<ArmResult['faults']> {
  const sinceMs = (atUs: number) => (atUs - measuredFromUs) / 1000;
  return faults.map(({ kind, between, invokedUs, injectedUs, healedUs, outcome, detail }) => ({
    ...{ round: planned.round, kind, between: between ?? null, outcome, detail },
    fromMs: sinceMs(injectedUs ?? invokedUs),
    toMs: healedUs === undefined ? null : sinceMs(healedUs),
  }));
}

/** By dotted key; what most scenarios leave alone is shown only where it is in use. */
function parametersOf(
  { server, queue, load, consumers, drain }: Arm,
  target: TargetOrder | undefined,
): Record<string, unknown> {
  const { defect, ...settings } = server;
  // What came of the extension is told with the steadiness.
  const { model, open, saturation, connections, extendMs: _, repeat, poison, bulk, ...pushes } = load;
  const groups = {
    server: target === undefined ? { ...settings, ...(defect === 'none' ? {} : { defect }) } : {},
    load: {
      ...pushes,
      ...(model === 'closed' ? { connections } : { model }),
      ...(repeat > 0 ? { repeat } : {}),
      ...(poison > 0 ? { poison } : {}),
    },
    // The rates of a search are its own.
    'load.open': open === undefined || saturation === undefined ? (open ?? {}) : { ...open, rate: undefined },
    'load.saturation': saturation ?? {},
    'load.bulk': bulk.producers > 0 ? bulk : {},
    consumers: consumers.count > 0 ? { ...consumers, groups: consumers.groups.length } : {},
    // How long a lease is held matters to those who have one.
    queue: consumers.count > 0 || drain.mode === 'ack' ? queue : {},
    // How the queue is emptied matters where it is measured; autoAck only serves the proof.
    drain: drain.mode === 'ack' ? drain : {},
  };
  return Object.fromEntries(
    Object.entries(groups).flatMap(([group, values]) =>
      Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[`${group}.${key}`, value]])),
    ),
  );
}

function rates(runs: readonly RunRecord[]): number[] {
  return runs.map(({ summary }) => summary.throughputMsgPerS);
}

function mergeErrors(runs: readonly RunRecord[]): ArmResult['errors'] {
  const merged = new Map<string, ArmResult['errors'][number]>();
  for (const { class: name, count, example } of runs.flatMap((run) => run.errors)) {
    const known = merged.get(name);
    merged.set(name, { class: name, count: count + (known?.count ?? 0), example: known?.example ?? example });
  }
  return [...merged.values()].sort((a, b) => b.count - a.count);
}

function ceilingFractionOf(arm: Arm, runs: readonly RunRecord[], ceilings: CeilingRounds): number | null {
  const fractions = runs.flatMap(({ planned, summary }) => {
    const ceiling = ceilings.ofRun(arm.load, planned.round);
    return ceiling === undefined || ceiling <= 0 ? [] : [summary.throughputMsgPerS / ceiling];
  });
  return fractions.length === 0 ? null : median(fractions);
}

function limitOf(runs: readonly RunRecord[], cores: number): string | null {
  const signs = bottleneckSigns(runs, cores);
  return signs === undefined ? null : bottleneckOf(signs);
}

/** The samples reach from before the server's start to after its end; the series from the first send to the last reply. */
function seriesOf({ planned, summary, samples, startedUs, measuredFromUs }: RunRecord): SeriesRecord {
  const { series } = summary;
  const lateMs = (startedUs - measuredFromUs) / 1000 + series.measuredFromMs;
  const lastMs = series.acknowledgedPerS.length * series.bucketMs;
  const connections = samples
    .map(({ atMs, async, regular, total: all }) => ({ atMs: atMs + lateMs, async, regular, total: all }))
    .filter(({ atMs }) => atMs >= 0 && atMs <= lastMs);
  return { ...series, round: planned.round, connections };
}

function total(runs: readonly RunRecord[], count: (run: RunRecord) => number): number {
  return runs.reduce((sum, run) => sum + count(run), 0);
}
