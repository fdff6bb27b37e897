import type { ConnectionSample } from '../history/connection-samples.ts';
import {
  type ConnectionEvidence,
  type ExpectedBudget,
  isMissing,
  type LogProblem,
  type RunEvidence,
} from '../history/evidence.ts';
import type { RunClock } from '../history/run-clock.ts';
import { judgeLines } from './excused-lines.ts';
import { windowsExcusing } from './fault-windows.ts';
import { Judgement } from './judgement.ts';
import { matches } from './log-match.ts';
import type { CheckResult } from './verdict.ts';

/** Fewer looks than this say nothing about a peak. */
const MIN_SAMPLES = 5;

/**
 * A pause between two looks of more than so many intervals may hide a peak; not that all slots were taken, which PostgreSQL
 * writes down. On two cores with ten processes waiting for them looks came 520 and 580 ms late.
 */
const MAX_GAP_INTERVALS = 10;

/** How PostgreSQL and its drivers say that no slot was left; SQLSTATE 53300. */
export const TOO_MANY_CONNECTIONS = /^53300 |too many clients already|remaining connection slots/;

/**
 * At no time did the server hold more sessions than its budget allows, for each pool and in all; the cluster never had
 * more than `max_connections`; no connection was refused for want of a slot; none was left when the server had ended. Of a
 * server that was not ours to end, nothing is said about its end.
 */
export function checkConnections(evidence: RunEvidence): CheckResult {
  const judgement = new Judgement('connections');
  const tellsOfNoSlot = (problem: LogProblem) => matches(problem, TOO_MANY_CONNECTIONS);
  for (const log of ['server', 'postgres'] as const) {
    for (const { unexcused, problem } of judgeLines(evidence, log, tellsOfNoSlot)) {
      if (unexcused === 0) continue;
      judgement.accuse(`${unexcused} connections were refused for want of a slot`, [problem.example]);
    }
  }
  if (isMissing(evidence.connections)) {
    judgement.lack(evidence.connections.missing);
    return judgement.result({}, '');
  }
  const { connections } = evidence;
  const peaks = peaksOf(connections.samples);
  judgeSampling(judgement, evidence, connections, peaks);
  judgePeaks(judgement, connections, peaksOf(connections.samples.filter(isBinding(evidence))));
  const { leftAfterExit, budget, maxConnections, samples } = connections;
  if (typeof leftAfterExit === 'object')
    judgement.lack(`sessions after the exit were not counted: ${leftAfterExit.missing}`);
  else if (leftAfterExit !== undefined && leftAfterExit > 0)
    judgement.accuse(`${leftAfterExit} sessions were left after the server had exited`);
  const counts = {
    samples: samples.length,
    ...Object.fromEntries(Object.entries(peaks).map(([name, { count }]) => [`peak ${name}`, count])),
    maxConnections,
    ...(isMissing(budget) ? {} : { budget: budget.total }),
    ...(typeof leftAfterExit === 'number' ? { leftAfterExit } : {}),
  };
  const limit = isMissing(budget) ? '' : ` (budget ${describeBudget(budget)})`;
  const seen = `peak ${peaks.async.count} async, ${peaks.regular.count} regular, ${peaks.server.count} together${limit}`;
  const foreign = peaks.foreign.count > 0 ? `, ${peaks.foreign.count} of others` : '';
  return judgement.result(counts, `${seen}, ${peaks.total.count} of ${maxConnections} in all${foreign}`);
}

const MEASURES = {
  async: (sample: ConnectionSample) => sample.async,
  regular: (sample: ConnectionSample) => sample.regular,
  server: (sample: ConnectionSample) => sample.async + sample.regular + sample.unnamed,
  unnamed: (sample: ConnectionSample) => sample.unnamed,
  control: (sample: ConnectionSample) => sample.control,
  foreign: (sample: ConnectionSample) => sample.foreign,
  total: (sample: ConnectionSample) => sample.total,
} as const;

type Measure = keyof typeof MEASURES;

interface Peak {
  readonly count: number;
  readonly sample: ConnectionSample | undefined;
}

type Peaks = Readonly<Record<Measure, Peak>>;

function peaksOf(samples: readonly ConnectionSample[]): Peaks {
  const peaks = Object.entries(MEASURES).map(([name, measure]) => {
    const peak = samples.reduce<Peak>(
      (best, sample) => {
        const count = measure(sample);
        return count > best.count ? { count, sample } : best;
      },
      { count: 0, sample: undefined },
    );
    return [name, peak];
  });
  return Object.fromEntries(peaks) as Record<Measure, Peak>;
}

/** Whether the budget binds at a look: not while PostgreSQL keeps sessions that the server cannot end. */
function isBinding({ faults, clock }: RunEvidence): (sample: ConnectionSample) => boolean {
  const windows = windowsExcusing(faults, ({ staleSessions }) => staleSessions === true);
  return ({ atMs }) => !windows.cover(...range(clock, atMs, atMs));
}

/** Times of samples on the clock of faults. */
function range({ monotonicUs }: RunClock, fromMs: number, toMs: number): readonly [number, number] {
  return [monotonicUs + fromMs * 1000, monotonicUs + toMs * 1000];
}

function judgeSampling(
  judgement: Judgement,
  { faults, clock }: RunEvidence,
  { samples, gaps, sampleIntervalMs }: ConnectionEvidence,
  peaks: Peaks,
): void {
  if (samples.length < MIN_SAMPLES) judgement.lack(`${samples.length} samples are too few`);
  // A server under another application_name would otherwise pass with a peak of nothing.
  else if (peaks.server.count === 0) judgement.lack('not one session of the server was seen');
  const blind = windowsExcusing(faults, ({ sampleGaps }) => sampleGaps === true);
  const unexcusedMs = (fromMs: number, toMs: number) => blind.uncoveredUs(...range(clock, fromMs, toMs)) / 1000;
  const longestPauseMs = samples.reduce((longest, sample, index) => {
    const before = samples[index - 1];
    return before === undefined ? longest : Math.max(longest, unexcusedMs(before.atMs, sample.atMs));
  }, 0);
  const limitMs = MAX_GAP_INTERVALS * sampleIntervalMs;
  if (longestPauseMs > limitMs) {
    judgement.lack(`nobody looked for ${Math.round(longestPauseMs)} ms, the interval is ${sampleIntervalMs} ms`);
  }
  const gap = gaps.find(
    ({ fromMs, toMs }) => !blind.touch(...range(clock, fromMs, toMs)) || unexcusedMs(fromMs, toMs) > limitMs,
  );
  if (gap !== undefined) judgement.lack(`nobody could look from ${Math.round(gap.fromMs)} ms on: ${gap.reason}`);
}

function judgePeaks(judgement: Judgement, { budget, maxConnections }: ConnectionEvidence, peaks: Peaks): void {
  const limits: readonly (readonly [Measure, string, number])[] = isMissing(budget)
    ? [['total', 'max_connections', maxConnections]]
    : [...budgetLimits(budget), ['total', 'max_connections', maxConnections]];
  if (isMissing(budget)) judgement.lack(`the budget is not known: ${budget.missing}`);
  for (const [measure, name, limit] of limits) {
    const { count, sample } = peaks[measure];
    if (count > limit && sample !== undefined) {
      judgement.accuse(`${count} sessions exceed the ${name} of ${limit}`, [describeSample(sample)]);
    }
  }
}

function budgetLimits(budget: ExpectedBudget) {
  return [
    ['async', 'async budget', budget.async],
    ['regular', 'regular budget', budget.regular],
    ['server', 'total budget', budget.total],
  ] as const;
}

function describeBudget({ async, regular, total }: ExpectedBudget): string {
  return async + regular === total ? `${async} + ${regular} = ${total}` : String(total);
}

function describeSample(sample: ConnectionSample): string {
  const { atMs, total, async, regular, control, unnamed, foreign, harness } = sample;
  const own = `async ${async}, regular ${regular}, control ${control}, under other names ${unnamed}`;
  const parts = `${own}, harness ${harness}, foreign ${foreign}`;
  return `at ${Math.round(atMs)} ms: ${parts}, total ${total}`;
}
