import { expect, test } from 'vitest';
import type { Verdict } from '../checkers/verdict.ts';
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

/** The arm of a scenario and one run of it a round, with these rates of push and of pop and ack. */
function summarize(
  drain: object,
  rates: readonly (readonly [number, number])[],
  verdict: Verdict = 'valid',
  { load = {}, loops = [] }: { readonly load?: object; readonly loops?: readonly OpenLoopSummary[] } = {},
) {
  const text = JSON.stringify({ question: 'Q', drain, load, rounds: rates.length });
  const { runs: planned } = planScenario({ name: 'x', file: 'x.yaml', text }, { sets: [], quick: false });
  const runs = planned.map((run, index): RunRecord => {
    const [push = 0, popAck = 0] = rates[index] ?? [];
    return {
      planned: run,
      verdict,
      checks: [],
      errors: [],
      samples: [],
      faults: [],
      measuredFromUs: 0,
      cpu: { serverUs: undefined, postgresUs: undefined, loadGeneratorUs: 1, windowUs: 1000 },
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
        attemptedMessages: 10,
        acknowledgedMessages: 10,
        measuredRequests: 1,
        measuredMessages: 10,
        windowMs: 1000,
        throughputMsgPerS: push,
        requestsPerS: 1,
        latencyUs: null,
        steadiness: { verdict: index === 0 ? 'unsteady' : 'steady', trendPercent: 21, variationPercent: 5 },
        extendedMs: 500,
        latencyHistogram: histogram(500),
        openLoop: loops[index],
        series: {
          bucketMs: 250,
          measuredFromMs: 0,
          acknowledgedPerS: [],
          latencyP50Us: [],
          latencyP99Us: [],
          errors: [],
        },
      },
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
    expect(summarize(ACK, RATES, verdict)).toMatchObject({ popAck: null, throughputMsgPerS: null });
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
