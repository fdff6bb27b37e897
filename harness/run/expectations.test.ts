import { expect, test } from 'vitest';
import type { ArmResult, CheckRecord, Result } from '../report/result.ts';
import { planScenario } from '../scenario/plan-scenario.ts';
import { evaluateExpectations } from './expectations.ts';

const ROUNDS = 2;

function arm(name: string, changes: Partial<ArmResult> = {}): ArmResult {
  return {
    name,
    parameters: {},
    rounds: ROUNDS,
    verdict: 'valid',
    refused: null,
    attemptedMessages: 1000,
    acknowledgedMessages: 1000,
    throughputMsgPerS: { median: 3000, low: 2900, high: 3100 },
    throughputByRound: [3000, 3000],
    requestsPerS: 30,
    latencyUs: { p50: 1500, p90: 2000, p99: 20_000, p999: 30_000, max: 40_000 },
    errors: [
      { class: 'timeout', count: 2 },
      { class: 'http 500', count: 1 },
    ],
    connections: { peak: 70, peakAsync: 40, peakRegular: 30, budget: 76, maxConnections: 100 },
    costs: {},
    ceilingFraction: 0.5,
    bottleneck: null,
    series: [],
    ...changes,
  };
}

function accounting(armName: string, round: number, changes: Partial<CheckRecord> = {}): CheckRecord {
  const counts = { lost: 0, duplicated: 0 };
  return { name: 'accounting', arm: armName, round, verdict: 'valid', summary: '', counts, witness: [], ...changes };
}

const ARMS = [arm('push'), arm('push-legacy')];
const CHECKS = ['push', 'push-legacy'].flatMap((name) => [accounting(name, 1), accounting(name, 2)]);

interface Evidence {
  readonly arms?: readonly ArmResult[];
  readonly ratios?: Result['ratios'];
  readonly checks?: readonly CheckRecord[];
}

function judge(
  text: string,
  { arms = ARMS, ratios = [], checks = CHECKS }: Evidence = {},
  sets: readonly string[] = [],
) {
  const scenario = { question: 'Q', rounds: ROUNDS, matrix: { 'load.route': ['push', 'push-legacy'] }, expect: [text] };
  const plan = planScenario({ name: 'x', file: 'x.yaml', text: JSON.stringify(scenario) }, { sets, quick: false });
  const [record] = evaluateExpectations(plan, arms, ratios, checks);
  expect(record?.text).toBe(text);
  return { met: record?.met, observed: record?.observed };
}

test.each([
  ['push.throughput >= 3000', true, '3,000'],
  ['push.throughput > 3000', false, '3,000'],
  ['push.p50 == 1.5', true, '1.5'],
  ['push.p999 < 30', false, '30'],
  ['push.requests != 30', false, '30'],
  ['push.errors <= 3', true, '3'],
  ['acknowledged == 1000', true, '1,000 in all 2 arms'],
  ['push.refused == 0', true, '0'],
  ['peakConnections <= 76', true, '70 in all 2 arms'],
  ['push.ceilingFraction >= 0.5', true, '0.5'],
  ['push.acknowledged / push.requests > 33', true, '33.333'],
])('%s', (text, met, observed) => {
  expect(judge(text)).toEqual({ met, observed });
});

const LATENCY = { p50: 4000, p90: 5000, p99: 6000, p999: 7000, max: 8000 };
const POP_ACK = {
  consumers: 16,
  batch: 100,
  throughputMsgPerS: { median: 2250, low: 2000, high: 2500 },
  throughputByRound: [2500, 2000],
  shareOfPush: 0.9,
  popLatencyUs: LATENCY,
  ackLatencyUs: { ...LATENCY, p50: 2000, p99: 3000 },
  consumerEventLoopUtilization: 0.4,
};
const CONSUMED = [arm('push', { popAck: POP_ACK, throughputByRound: [2500, 4000] })];

test.each([
  ['push.popAck >= 2250', true, '2,250'],
  ['push.popP50 == 4', true, '4'],
  ['push.popP99 == 6', true, '6'],
  ['push.ackP50 == 2', true, '2'],
  ['push.ackP99 < 3', false, '3'],
  // Of the rounds: 1 and 0.5. The medians alone would give 2250 / 3000.
  ['push.popAck / push.throughput >= 0.8', false, '0.75'],
  ['"push".popAck / "push".requests >= 75', true, '75'],
])('what consumers reach: %s', (text, met, observed) => {
  const arms = CONSUMED.map((consumed) => ({ ...consumed, throughputMsgPerS: { median: 3000, low: 1, high: 1 } }));
  expect(judge(text, { arms })).toEqual({ met, observed });
});

test('the ratio to the push rate is one of rounds, not of medians', () => {
  const popAck = { ...POP_ACK, throughputByRound: [900, 100] };
  const arms = [arm('push', { popAck, throughputByRound: [1000, 1000] })];
  expect(judge('push.popAck / push.throughput >= 0.5', { arms })).toEqual({ met: true, observed: '0.5' });
  expect(judge('push.throughput / push.popAck >= 5', { arms })).toEqual({ met: true, observed: '5.556' });
});

test.each<[string, Partial<ArmResult>, string]>([
  ['consumers that were not measured', {}, 'push: popAck was not measured'],
  ['consumers without a proof', { verdict: 'invalid', popAck: null }, 'push: no figure, its proof is invalid'],
  ['consumers whose figure is withheld', { popAck: null }, 'push: popAck was not measured'],
])('%s: not met, and not failed either', (_, changes, observed) => {
  expect(judge('push.popAck / push.throughput >= 0.8', { arms: [arm('push', changes)] })).toEqual({
    met: null,
    observed,
  });
});

test('without an arm every arm must meet it, and the one that does not is named', () => {
  const arms = [arm('push'), arm('push-legacy', { throughputMsgPerS: { median: 900, low: 800, high: 1000 } })];
  expect(judge('throughput > 1000', { arms })).toEqual({ met: false, observed: 'push-legacy: 900' });
});

test('an arm that was refused as expected need not meet what is expected of every arm', () => {
  const refused = arm('push-legacy', { rounds: 0, refused: 'DB_POOL_SIZE=104 needs 98 connections' });
  const judged = (expect: readonly string[], arms: readonly ArmResult[]) => {
    const scenario = { question: 'Q', rounds: ROUNDS, matrix: { 'load.route': ['push', 'push-legacy'] }, expect };
    const plan = planScenario(
      { name: 'x', file: 'x.yaml', text: JSON.stringify(scenario) },
      { sets: [], quick: false },
    );
    return evaluateExpectations(plan, arms, [], CHECKS).map(({ met }) => met);
  };
  expect(judged(['lost == 0', 'push-legacy.refused == 1'], [arm('push'), refused])).toEqual([true, true]);
  expect(judged(['lost == 0'], [arm('push'), refused])).toEqual([null]);
  expect(judged(['errors == 3', 'push-legacy.refused == 1'], ARMS)).toEqual([true, false]);
  expect(judged(['push-legacy.lost == 0', 'push-legacy.refused == 1'], [arm('push'), refused])).toEqual([null, true]);
});

test('lost and duplicated are summed over the rounds of the accounting check', () => {
  const counts = { lost: 3, duplicated: 1 };
  const checks = [accounting('push', 1, { verdict: 'invalid', counts }), accounting('push', 2, { counts })];
  expect(judge('push.lost == 0', { checks })).toEqual({ met: false, observed: '6' });
  expect(judge('push.duplicated <= 2', { checks })).toEqual({ met: true, observed: '2' });
});

test.each<[string, string, Evidence]>([
  ['an arm that was not run', 'lost == 0', { arms: [arm('push')] }],
  ['no arm at all', 'lost == 0', { arms: [], checks: [] }],
  ['no accounting check', 'push.lost == 0', { checks: [] }],
  [
    'an accounting check that does not know',
    'push.lost == 0',
    {
      checks: [accounting('push', 1), accounting('push', 2, { verdict: 'unknown' })],
    },
  ],
  ['a round without an accounting check', 'push.lost == 0', { checks: [accounting('push', 1)] }],
  [
    'an accounting check without the count',
    'push.lost == 0',
    {
      checks: [accounting('push', 1), accounting('push', 2, { counts: {} })],
    },
  ],
  ['a round that was not run', 'push.errors <= 3', { arms: [arm('push', { rounds: 1 })] }],
  ['a server that refused to start', 'push.errors <= 3', { arms: [arm('push', { refused: 'too many' })] }],
  ['an arm without any round', 'push.refused == 0', { arms: [arm('push', { rounds: 0 })] }],
  ['a proof that failed', 'push.p99 < 100', { arms: [arm('push', { verdict: 'invalid' })] }],
  ['no throughput', 'push.throughput > 0', { arms: [arm('push', { throughputMsgPerS: null })] }],
  ['no latency', 'push.p99 < 100', { arms: [arm('push', { latencyUs: null })] }],
  [
    'connections that were not sampled',
    'push.peakConnections <= 76',
    {
      arms: [arm('push', { connections: { peak: 0, peakAsync: 0, peakRegular: 0, budget: 76, maxConnections: 100 } })],
    },
  ],
  ['a division by zero', 'push.requests / push.errors > 0', { arms: [arm('push', { errors: [] })] }],
  [
    'a ratio to an arm without proof',
    'push.throughput / push-legacy.throughput > 1',
    {
      arms: [arm('push'), arm('push-legacy', { verdict: 'unknown' })],
      ratios: [ratio(2)],
    },
  ],
])('%s leaves it not known', (_what, text, evidence) => {
  const { met, observed } = judge(text, evidence);
  expect(met).toBeNull();
  expect(observed).toMatch(/push/);
});

test('a plan without arms meets nothing', () => {
  const [record] = evaluateExpectations({ scenario: { expect: ['lost == 0'], rounds: 1 }, arms: [] }, ARMS, [], CHECKS);
  expect(record?.met).toBeNull();
});

test('one arm that surely fails outranks one that is not known', () => {
  const arms = [arm('push', { acknowledgedMessages: 1 })];
  expect(judge('acknowledged == 1000', { arms })).toEqual({ met: false, observed: 'push: 1' });
});

test('a refused server is a fact of its own', () => {
  const arms = [arm('push', { refused: 'budget 142 does not fit in 97', rounds: 0 }), arm('push-legacy')];
  expect(judge('push.refused == 1', { arms })).toEqual({ met: true, observed: '1' });
});

test('a ratio of throughputs is the median of paired rounds, never the ratio of medians', () => {
  const arms = [
    arm('push', { throughputByRound: [1000, 8000] }),
    arm('push-legacy', { throughputByRound: [500, 2000] }),
  ];
  expect(judge('push.throughput / push-legacy.throughput == 3', { arms })).toEqual({ met: true, observed: '3' });
  const text = 'push.throughput / push-legacy.throughput >= 1.3';
  expect(judge(text, { arms, ratios: [ratio(1.25)] })).toEqual({ met: false, observed: '1.25' });
});

test('an expectation about an arm that --set took away is not known', () => {
  const text = 'push-legacy.lost == 0';
  expect(judge(text, { arms: [arm('push')] }, ['load.route=push'])).toEqual({
    met: null,
    observed: 'push-legacy: this arm was not run',
  });
});

function ratio(median: number): Result['ratios'][number] {
  return { numerator: 'push', denominator: 'push-legacy', metric: 'throughput', median, low: median, high: median };
}

test('speed that the load generator limited is neither met nor not met; what is no speed is judged all the same', () => {
  const arms = [arm('push', { inconclusive: 'in round 1 the load generator was busy' }), arm('push-legacy')];
  const open = { met: null, observed: 'push: the load generator was the limit' };
  expect(judge('push.throughput >= 1', { arms })).toEqual(open);
  expect(judge('push.throughput / push-legacy.throughput >= 1.3', { arms })).toEqual(open);
  expect(judge('push.lost == 0', { arms }).met).toBe(true);
});
