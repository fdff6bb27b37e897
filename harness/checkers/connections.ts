import type { ConnectionSample } from '../history/connection-samples.ts';
import { type ConnectionEvidence, type ExpectedBudget, isMissing, type RunEvidence } from '../history/evidence.ts';
import { Judgement } from './judgement.ts';
import { problemsMatching } from './log-match.ts';
import type { CheckResult } from './verdict.ts';

/** Fewer looks than this say nothing about a peak. */
const MIN_SAMPLES = 5;

/** A pause between two looks of more than so many intervals may hide a peak. */
const MAX_GAP_INTERVALS = 5;

/** How PostgreSQL and its drivers say that no slot was left; SQLSTATE 53300. */
const TOO_MANY_CONNECTIONS = /^53300 |too many clients already|remaining connection slots/;

/**
 * At no time did the server hold more sessions than its budget allows, for each pool and in all; the cluster never had
 * more than `max_connections`; no connection was refused for want of a slot; none was left when the server had ended. Of a
 * server that was not ours to end, nothing is said about its end.
 */
export function checkConnections(evidence: RunEvidence): CheckResult {
  const judgement = new Judgement('connections');
  for (const log of [evidence.serverLog, evidence.postgresLog]) {
    for (const { count, example } of problemsMatching(log, TOO_MANY_CONNECTIONS)) {
      judgement.accuse(`${count} connections were refused for want of a slot`, [example]);
    }
  }
  if (isMissing(evidence.connections)) {
    judgement.lack(evidence.connections.missing);
    return judgement.result({}, '');
  }
  const { connections } = evidence;
  const peaks = peaksOf(connections.samples);
  judgeSampling(judgement, connections, peaks);
  judgePeaks(judgement, connections, peaks);
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

function judgeSampling(judgement: Judgement, connections: ConnectionEvidence, peaks: Peaks): void {
  const { samples, sampleIntervalMs } = connections;
  if (samples.length < MIN_SAMPLES) judgement.lack(`${samples.length} samples are too few`);
  // A server under another application_name would otherwise pass with a peak of nothing.
  else if (peaks.server.count === 0) judgement.lack('not one session of the server was seen');
  const longestGapMs = samples.reduce((longest, sample, index) => {
    const before = samples[index - 1];
    return before === undefined ? longest : Math.max(longest, sample.atMs - before.atMs);
  }, 0);
  if (longestGapMs > MAX_GAP_INTERVALS * sampleIntervalMs) {
    judgement.lack(`nobody looked for ${Math.round(longestGapMs)} ms, the interval is ${sampleIntervalMs} ms`);
  }
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
