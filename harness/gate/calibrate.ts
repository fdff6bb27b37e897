import { EXIT_CODE } from '../cli/exit-code.ts';
import type { Progress } from '../cli/progress.ts';
import { fingerprintOf } from '../report/machine-fingerprint.ts';
import { samplesOf } from './block-samples.ts';
import { type Calibration, writeCalibration } from './calibration.ts';
import { calibrationFile } from './calibration-file.ts';
import { SLOWDOWNS, type Slowdown } from './candidate-program.ts';
import type { GatePlan } from './gate-plan.ts';
import type { GateResult } from './gate-result.ts';
import type { OpenRule } from './gate-rounds.ts';
import { versionsOfOne } from './gate-versions.ts';
import { shareOfLevel } from './levels.ts';
import { interval95, logRatiosOf } from './log-ratios.ts';
import type { MetricSamples } from './metric-samples.ts';
import type { Block } from './run-block.ts';
import { type GateRun, runGate } from './run-gate.ts';
import { smallestChange } from './smallest-change.ts';

export interface CalibrateOrder {
  readonly plan: GatePlan;
  readonly rule: OpenRule;
  /** No gate is begun that would probably not be over by then. */
  readonly minutes: number;
  /** Of each gate. */
  readonly gateMinutes: number;
  readonly reportsRoot: string;
  readonly seed: number;
  readonly command: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A gate whose answer is known beforehand. */
export interface Trial {
  /** Undefined: base and candidate are the same. */
  readonly slowed: Slowdown | undefined;
  readonly result: Pick<GateResult, 'verdict' | 'environment'>;
  readonly blocks: readonly Block[];
}

export interface Calibrated {
  readonly calibration: Calibration;
  readonly file: string;
}

/** As many gates of equal versions as of slowed ones: the noise is known from the first, and power is told by the others. */
const CYCLE: readonly (Slowdown | undefined)[] = SLOWDOWNS.toReversed().flatMap((slowed) => [undefined, slowed]);

const MS_PER_MINUTE = 60_000;
const SEED_STEP = 7919;
const FEWEST_BLOCKS = 2;

/**
 * Runs whole gates of equal versions and of slowed candidates for as long as it may, at least one of each, and writes down what
 * the gate can see here and how seldom it is wrong. A gate that is not proved ends it: its verdict is returned.
 *
 * Throws what runGate throws, and the signal's reason when it is interrupted; nothing is written then.
 */
export async function calibrate(order: CalibrateOrder): Promise<Calibrated | GateResult> {
  const startedMs = performance.now();
  const trials: Trial[] = [];
  const isOver = () => {
    const elapsedMs = performance.now() - startedMs;
    return elapsedMs + elapsedMs / trials.length > order.minutes * MS_PER_MINUTE;
  };
  while (trials.length < CYCLE.length || !isOver()) {
    const slowed = CYCLE[trials.length % CYCLE.length];
    const { result, rounds } = await runTrial(slowed, trials.length, order);
    order.signal.throwIfAborted();
    if (result.exitCode === EXIT_CODE.proofFailed) return result;
    trials.push({ slowed, result, blocks: rounds.blocks });
    order.progress.done(`gate ${trials.length} (${nameOf(slowed)}): ${result.verdict}`);
  }
  const calibration = calibrationOf(trials, order);
  const file = calibrationFile(order.reportsRoot, calibration.machine);
  await writeCalibration(file, calibration);
  return { calibration, file };
}

async function runTrial(slowed: Slowdown | undefined, index: number, order: CalibrateOrder): Promise<GateRun> {
  const { plan, rule, reportsRoot, command, progress, signal } = order;
  await using compared = versionsOfOne({ base: 'working tree', candidate: 'working tree' }, { slowed });
  return await runGate({
    ...{ plan, rule, reportsRoot, command, progress, signal },
    versions: compared.versions,
    notes: [...compared.notes, 'part of a calibration'],
    minutes: order.gateMinutes,
    seed: order.seed + index * SEED_STEP,
    // What moved is known.
    attributes: false,
  });
}

/** What gates whose answers are known tell of the gate. Throws when there are none. */
export function calibrationOf(
  trials: readonly Trial[],
  order: Pick<CalibrateOrder, 'rule' | 'gateMinutes'>,
): Calibration {
  const [first] = trials;
  if (first === undefined) throw new Error('a calibration without gates');
  const blocks = trials.flatMap((trial) => trial.blocks);
  const minutesPerBlock = blocks.reduce((sum, { durationMs }) => sum + durationMs, 0) / blocks.length / MS_PER_MINUTE;
  const most = order.rule.looks.at(-1) ?? FEWEST_BLOCKS;
  const blocksInTime = Math.max(FEWEST_BLOCKS, Math.min(most, Math.floor(order.gateMinutes / minutesPerBlock)));
  const equal = trials.filter(({ slowed }) => slowed === undefined);
  const samples = samplesOf(equal.flatMap((trial) => trial.blocks));
  const family = samples.map(({ metric }) => metric);
  return {
    schemaVersion: 1,
    madeAt: new Date().toISOString(),
    git: first.result.environment.git,
    machine: fingerprintOf(first.result.environment),
    minutesPerBlock,
    blocks: blocksInTime,
    metrics: samples.flatMap((each) =>
      calibratedMetric(each, shareOfLevel(each.metric, family), blocksInTime, order.rule),
    ),
    falseAlarms: { gates: equal.length, failed: failedOf(equal) },
    falseAlarm: order.rule.falseAlarm,
    power: SLOWDOWNS.map((slowdown) => {
      const own = trials.filter(({ slowed }) => slowed === slowdown);
      return { slowdown: slowdown / 100, gates: own.length, failed: failedOf(own) };
    }),
  };
}

/** Nothing of a metric that was not measured in at least two blocks. */
function calibratedMetric(
  samples: MetricSamples,
  share: number,
  blocks: number,
  rule: OpenRule,
): Calibration['metrics'] {
  const { arm, metric } = samples;
  const ratios = logRatiosOf(samples, FEWEST_BLOCKS);
  if (typeof ratios === 'string') return [];
  const { confirmationBlocks } = rule;
  return [
    {
      ...{ arm, metric: metric.name, kind: metric.kind },
      blocks: ratios.values.length,
      blockSd: ratios.sd,
      offset: { ratio: Math.exp(ratios.mean), ...interval95(ratios) },
      smallestChange: smallestChange({ rule, metric, blockSd: ratios.sd, blocks, confirmationBlocks, share }),
    },
  ];
}

function failedOf(trials: readonly Trial[]): number {
  return trials.filter(({ result }) => result.verdict === 'fail').length;
}

/** A trial as people read it. */
function nameOf(slowed: Slowdown | undefined): string {
  return slowed === undefined ? 'equal versions' : `slowed by ${slowed} %`;
}
