import { expect, test } from 'vitest';
import type { Verdict } from '../checkers/verdict.ts';
import type { ConnectionSample } from '../history/connection-samples.ts';
import { encodeHistogram, newLatencyHistogram, recordLatency } from '../measure/latency.ts';
import type { OpenLoopSummary } from '../measure/open-loop-summary.ts';
import { planScenario } from '../scenario/plan-scenario.ts';
import { CeilingRounds } from './ceiling-rounds.ts';
import type { RunRecord } from './run-record.ts';
import { summarizeArm } from './summarize-arm.ts';

const CONTEXT = { ceilings: new CeilingRounds(1), target: undefined, maxConnections: 100, cores: 2, seed: 1 };

function histogram(...latenciesUs: readonly number[]): string {
  const filled = newLatencyHistogram();
  for (const latencyUs of latenciesUs) recordLatency(filled, latencyUs);
  return encodeHistogram(filled);
}

const SUMMARY: RunRecord['summary'] = {
  attemptedMessages: 10,
  acknowledgedMessages: 10,
  measuredRequests: 1,
  measuredMessages: 10,
  windowMs: 1000,
  throughputMsgPerS: 0,
  requestsPerS: 1,
  latencyUs: null,
  latencyHistogram: histogram(500),
  openLoop: undefined,
  steadiness: { verdict: 'steady', trendPercent: 1, variationPercent: 5 },
  extendedMs: 0,
  series: {
    bucketMs: 250,
    measuredFromMs: 0,
    acknowledgedPerS: [],
    latencyP50Us: [],
    latencyP99Us: [],
    errors: [],
  },
};

interface SummaryChanges {
  readonly load?: object;
  readonly loops?: readonly OpenLoopSummary[];
  /** Of every run. */
  readonly changes?: Partial<RunRecord>;
  readonly faults?: readonly object[];
}

/** The arm of a scenario and one run of it a round, with these rates of push and of pop and ack. */
function summarize(
  drain: object,
  rates: readonly (readonly [number, number])[],
  verdict: Verdict = 'valid',
  { load = {}, loops = [], changes = {}, faults = [] }: SummaryChanges = {},
) {
  const schedule = { schedule: faults };
  const text = JSON.stringify({ question: 'Q', drain, load, rounds: rates.length, faults: schedule });
  const { runs: planned } = planScenario({ name: 'x', file: 'x.yaml', text }, { sets: [], quick: false });
  const runs = planned.map((run, index): RunRecord => {
    const [push = 0, popAck = 0] = rates[index] ?? [];
    return {
      planned: run,
      verdict,
      checks: [],
      errors: [],
      errorReport: { fromMs: 0, toMs: 1000, classes: [], missing: {} },
      samples: [],
      faults: [],
      startedUs: -2_000_000,
      measuredFromUs: 0,
      measured: [],
      system: { round: run.round, sources: [], absent: [] },
      cpu: { serverUs: undefined, postgresUs: undefined, loadGeneratorUs: 1, spans: [] },
      spending: {
        load: { database: undefined, workers: undefined },
        totals: { rowsWritten: undefined, walFsyncs: undefined },
        ...{ cpuMessages: 10, requestTimeUs: 1 },
      },
      loadEventLoopUtilization: 0.1,
      popAck:
        run.arm.drain.mode === 'autoAck'
          ? undefined
          : {
              throughputMsgPerS: popAck,
              popHistogram: histogram(1000, 2000),
              ackHistogram: histogram(3000),
              eventLoopUtilization: 0.2 + index / 10,
            },
      summary: {
        ...SUMMARY,
        throughputMsgPerS: push,
        openLoop: loops[index],
        steadiness: { verdict: index === 0 ? 'unsteady' : 'steady', trendPercent: 21, variationPercent: 5 },
        extendedMs: 500,
      },
      ...changes,
    };
  });
  const [first] = planned;
  if (first === undefined) throw new Error('a plan without runs');
  return summarizeArm(first.arm, runs, CONTEXT);
}

const ACK = { mode: 'ack', consumers: 3, batch: 7 };
const RATES = [
  [1000, 900],
  [2000, 500],
  [1000, 600],
] as const;

test('what consumers reached is put together over the rounds, its share of push round by round', () => {
  const { popAck, parameters } = summarize(ACK, RATES);
  expect(popAck).toMatchObject({
    consumers: 3,
    batch: 7,
    throughputMsgPerS: { median: 600 },
    throughputByRound: [900, 500, 600],
    // 0.9, 0.25 and 0.6.
    shareOfPush: 0.6,
    consumerEventLoopUtilization: 0.4,
  });
  expect(popAck?.popLatencyUs?.p50).toBeCloseTo(1000, -1);
  expect(popAck?.ackLatencyUs?.p99).toBeCloseTo(3000, -1);
  expect(parameters).toMatchObject({ 'server.poolMode': 'split', 'drain.mode': 'ack', 'drain.consumers': 3 });
});

test.each<Verdict>(['invalid', 'unknown'])(
  'a proof that is %s leaves consumers without a figure, like push',
  (verdict) => {
    const nothing = { popAck: null, throughputMsgPerS: null, latencyUs: null, percentileCurve: null };
    expect(summarize(ACK, RATES, verdict)).toMatchObject(nothing);
  },
);

test('what an open loop offered and achieved is put together over the rounds; a closed loop says nothing of it', () => {
  const load = { model: 'open', open: { rate: 20, to: 40 } };
  const loops = [20, 10, 15].map((achievedPerS, round) => ({
    ...{ requests: 100, offeredPerS: 30, achievedPerS, late: round, unacknowledged: 2 * round },
    sendLagHistogram: histogram(100 * (round + 1)),
    wakeLagHistogram: histogram(50),
  }));
  const { openLoop, parameters, ceilingFraction } = summarize({}, RATES, 'valid', { load, loops });
  expect(openLoop).toMatchObject({ offeredPerS: 30, achievedPerS: 15, lateShare: 0.01, unacknowledged: 6 });
  expect([openLoop?.sendLagUs?.p50, openLoop?.sendLagUs?.max, openLoop?.wakeLagUs?.max]).toEqual([200, 300, 50]);
  expect(ceilingFraction).toBeNull();
  expect(parameters).toMatchObject({
    'load.model': 'open',
    'load.open.rate': 20,
    'load.open.to': 40,
    'load.batch': 100,
  });
  expect(parameters).not.toHaveProperty('load.connections');
  expect(summarize({}, RATES, 'invalid', { load, loops })).toMatchObject({ openLoop: null });
  expect(summarize({}, RATES)).not.toHaveProperty('openLoop');
});

test('autoAck is not measured, and says nothing of consumers', () => {
  const arm = summarize({}, RATES);
  expect(arm).not.toHaveProperty('popAck');
  expect(Object.keys(arm.parameters).filter((key) => key.startsWith('drain'))).toEqual([]);
});

test('the percentiles of an arm are those of the requests of all its rounds', () => {
  const { percentileCurve } = summarize({}, RATES);
  expect(percentileCurve).toMatchObject({ count: 3, latencyUs: expect.arrayContaining([500]) });
});

test('one unsteady round makes the arm unsteady', () => {
  const { steadiness } = summarize({}, [
    [100, 0],
    [100, 0],
  ]);
  expect(steadiness?.verdict).toBe('unsteady');
  expect(steadiness?.rounds.map(({ round, verdict, extendedMs }) => [round, verdict, extendedMs])).toEqual([
    [1, 'unsteady', 500],
    [2, 'steady', 500],
  ]);
});

/** For a second the load generator had no rest, on so much of a core. */
const busyOn = (cores: number): Partial<RunRecord> => ({
  cpu: { serverUs: undefined, postgresUs: undefined, loadGeneratorUs: cores * 1_000_000, spans: [] },
  loadEventLoopUtilization: 0.99,
});
const ONE = [[1000, 0]] as const;

test('an arm whose load generator was the limit has its figure, and says why it is none of the server', () => {
  const arm = summarize({}, ONE, 'valid', { changes: busyOn(0.98) });
  expect(arm.throughputMsgPerS?.median).toBe(1000);
  expect(arm.inconclusive).toMatch(
    /^in round 1 the load generator's event loop was busy for 99 % of the time, on 0\.98 cores: .*larger batches/,
  );
});

test.each([
  ['with time to spare', 'valid', { changes: { ...busyOn(0.98), loadEventLoopUtilization: 0.9 } }],
  ['that had to wait for a core', 'valid', { changes: busyOn(0.5) }],
  ['that was over at once', 'valid', { changes: { ...busyOn(1.4), summary: { ...SUMMARY, windowMs: 900 } } }],
  ['under faults', 'valid', { changes: busyOn(0.98), faults: [{ fault: 'server-pause', at: '1s', for: '1s' }] }],
  ['without a proof, and so without a figure', 'invalid', { changes: busyOn(0.98) }],
] as const)('a load generator %s limits nothing', (_, verdict, how) => {
  expect(summarize({}, ONE, verdict, how)).not.toHaveProperty('inconclusive');
});

test('connections stand on the time axis of the load: the server had started before, and was drained afterwards', () => {
  const sample = (atMs: number, held: number): ConnectionSample => ({
    ...{ atMs, async: held, regular: 0, control: 0, unnamed: 0, total: held, harness: 1, foreign: 0, active: 0 },
    ...{ idleInTransaction: 0, idleInTransactionAborted: 0, longestIdleInTransactionMs: 0 },
  });
  const samples = [sample(900, 9), sample(1000, 5), sample(1100, 6), sample(1900, 7), sample(2001, 8)];
  // The run began 2 s before the measured window, and the load 1 s before it; it lasted for 4 buckets of 250 ms.
  const load = { ...SUMMARY.series, measuredFromMs: 1000, acknowledgedPerS: [1, 2, 3, 4] };
  const { series, connections } = summarize({}, ONE, 'valid', {
    changes: { samples, summary: { ...SUMMARY, series: load } },
  });
  expect(series[0]?.connections.map(({ atMs, async }) => [atMs, async])).toEqual([
    [0, 5],
    [100, 6],
    [900, 7],
  ]);
  expect(connections.peakAsync).toBe(9);
});

test('an open loop whose load process comes late itself offers something else than it says', () => {
  const load = { model: 'open', open: { rate: 20 } };
  const loop = { requests: 100, offeredPerS: 30, achievedPerS: 30, late: 0, unacknowledged: 0 };
  const lagging = (us: number) => [{ ...loop, sendLagHistogram: histogram(50_000), wakeLagHistogram: histogram(us) }];
  expect(summarize({}, ONE, 'valid', { load, loops: lagging(8_000) }).inconclusive).toMatch(
    /^in round 1 the load generator was 8\.0 ms late itself with half of the requests/,
  );
  // What waited for a free connection waited for the server.
  expect(summarize({}, ONE, 'valid', { load, loops: lagging(90) })).not.toHaveProperty('inconclusive');
});
