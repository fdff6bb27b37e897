import { expect, test } from 'vitest';
import type { ArmResult } from '../report/result.ts';
import { planScenario } from '../scenario/plan-scenario.ts';
import type { Arm } from '../scenario/scenario.ts';
import { adviceOn, sweepRecord } from './advice.ts';
import { sweepOf } from './sweep.ts';

const REFUSAL =
  'DB_POOL_SIZE=104 needs 98 connections, but PostgreSQL offers 97 (max_connections=100, 3 reserved). Set DB_POOL_SIZE to 103 or less, or raise max_connections.';

/** Rates of an arm's rounds; a text is the reason of a refusal, null what could not be proved. */
type Reached = readonly number[] | string | null;

function armsOf(matrix: object, base: object = {}): readonly Arm[] {
  const text = JSON.stringify({ question: 'Q', ...base, matrix });
  return planScenario({ name: 'x', file: 'x.yaml', text }, { sets: [], quick: false }).arms;
}

function resultOf({ name, server }: Arm, reached: Reached): ArmResult {
  const byRound = Array.isArray(reached) ? reached : [];
  const rate = byRound.toSorted((a, b) => a - b)[Math.floor(byRound.length / 2)] ?? 0;
  return {
    name,
    verdict: reached === null ? 'unknown' : 'valid',
    refused: typeof reached === 'string' ? reached : null,
    rounds: byRound.length,
    throughputMsgPerS: byRound.length > 0 ? { median: rate, low: rate, high: rate } : null,
    throughputByRound: byRound,
    latencyUs: byRound.length > 0 ? { p99: 1e6 / rate } : null,
    parameters: { 'server.workers': server.workers },
    connections: { budget: Math.floor(server.poolSize * 0.95) },
  } as unknown as ArmResult;
}

function sweep(matrix: object, reached: (arm: Arm) => Reached, base: object = {}) {
  const arms = armsOf(matrix, base);
  const results = arms.map((arm) => resultOf(arm, reached(arm)));
  return sweepOf(arms, results, []);
}

function advice(matrix: object, reached: (arm: Arm) => Reached, base: object = {}): readonly string[] {
  const found = sweep(matrix, reached, base);
  return found === undefined ? [] : adviceOn(found, 1);
}

const rounds = (rate: number): readonly number[] => [rate * 0.995, rate, rate * 1.005];

test('a pool sweep names the knee in connections, and what was refused', () => {
  const poolSizes = { 'server.poolSize': [4, 7, 10, 13, 51, 103, 104] };
  const reached = ({ server }: Arm) =>
    server.poolSize === 104 ? REFUSAL : rounds(50_000 * Math.min(1, server.poolSize / 13.1 + server.poolSize / 5e5));
  expect(advice(poolSizes, reached)).toEqual([
    'At 2 workers, 12 connections already give 99 % of the best (50,000 msg/s at 48), with a p99 of 0.02 ms instead of 0.02; more only queue; 98 connections are refused: DB_POOL_SIZE=104 needs 98 connections, but PostgreSQL offers 97.',
  ]);
  expect(sweepRecord(sweep(poolSizes, reached) as NonNullable<ReturnType<typeof sweep>>, 1)).toEqual({
    unit: 'connections',
    lines: [
      {
        name: '',
        points: [
          { x: 3, arm: 'poolSize=4' },
          { x: 6, arm: 'poolSize=7' },
          { x: 9, arm: 'poolSize=10' },
          { x: 12, arm: 'poolSize=13' },
          { x: 48, arm: 'poolSize=51' },
          { x: 97, arm: 'poolSize=103' },
        ],
        marked: 12,
      },
    ],
  });
});

const BATCHES = { 'load.batch': [1, 10, 100, 1000] };

test.each<[string, Readonly<Record<number, number>>, string]>([
  [
    'rises to the end',
    { 1: 1000, 10: 5000, 100: 9000, 1000: 20_000 },
    'Throughput still rises at 1,000 messages a request, the most tried (20,000 msg/s; 45 % of it at 100).',
  ],
  [
    'falls from the beginning',
    { 1: 1000, 10: 500, 100: 400, 1000: 200 },
    'Best at 1 message a request with 1,000 msg/s; 50 % of it at 10.',
  ],
  [
    'has a peak',
    { 1: 500, 10: 1000, 100: 990, 1000: 200 },
    'Best at 10 messages a request with 1,000 msg/s (as good: 10 to 100); 50 % of it at 1, 20 % of it at 1,000.',
  ],
  [
    'is flat',
    { 1: 1000, 10: 1001, 100: 1002, 1000: 1000 },
    'No difference shows from 1 to 1,000 messages a request (1,002 msg/s); more gain nothing.',
  ],
  [
    'goes up and down',
    { 1: 1000, 10: 500, 100: 990, 1000: 600 },
    'Throughput goes up and down with messages a request (of 1,000 msg/s 100 % at 1, 50 % at 10, 99 % at 100, 60 % at 1,000): measure again, with more rounds or on a quieter machine.',
  ],
  [
    'has its knee at the best',
    { 1: 500, 10: 1000, 100: 990, 1000: 999 },
    '10 messages a request already give the best, 1,000 msg/s; more gain nothing.',
  ],
])('a curve that %s', (_shape, rates, sentence) => {
  expect(advice(BATCHES, ({ load }) => rounds(rates[load.batch] ?? 0))).toEqual([sentence]);
});

test('what the noise hides is said to be hidden, and one round to have none', () => {
  const rates: Readonly<Record<number, readonly number[]>> = {
    1: [940, 950, 1010],
    10: [990, 1000, 1010],
    100: [990, 999, 1000],
  };
  expect(advice({ 'load.batch': [1, 10, 100] }, ({ load }) => rates[load.batch] ?? [])[0]).toContain(
    'No difference shows from 1 to 100',
  );
  const wild = advice({ 'load.batch': [1, 10, 100] }, ({ load }) => (load.batch === 1 ? [70, 80, 130] : rounds(100)));
  expect(wild[0]).toBe(
    '10 messages a request already give the best, 100 msg/s; more gain nothing (too noisy to rule out 1).',
  );
  const knee = advice(BATCHES, ({ load }) => (load.batch === 1 ? [500] : load.batch === 10 ? [985] : [1000]));
  expect(knee[0]).toContain('10 messages a request already give 98 % of the best (1,000 msg/s at 100)');
  expect(knee[0]).toMatch(/\(one round: its noise is not known\)\.$/);
  const doubtful = advice(BATCHES, ({ load }) =>
    load.batch === 1 ? rounds(500) : (rates[load.batch / 10] ?? [999, 1000, 1000]),
  );
  expect(doubtful[0]).toContain('already give 95 % of the best (1,000 msg/s at 100), which cannot be told from it');
});

const LATENCY = {
  'server.databaseLatency': ['0ms', '1ms', '5ms', '20ms'],
  load: [
    { route: 'push', warmUp: '1s' },
    { route: 'push-legacy', warmUp: '3s' },
  ],
};

test('two routes: where they cross, then each by itself; the warm-up that goes with a route is no subject', () => {
  const [lead, push, legacy, ...others] = advice(LATENCY, ({ load, server: { databaseLatencyMs = 0 } }) =>
    rounds(load.route === 'push' ? 100 : 100 * 2 ** (3 - databaseLatencyMs)),
  );
  expect(lead).toBe(
    'push and push-legacy cross between 1 and 5 ms of database latency, at about 3: push-legacy is ahead up to there (4.00× at 1), push beyond (4.00× at 5).',
  );
  expect(push).toBe('push: no difference shows from 0 to 20 ms of database latency (100 msg/s).');
  expect(legacy).toBe('push-legacy: best at 0 ms of database latency with 800 msg/s; 50 % of it at 1.');
  expect(others).toEqual([]);
});

test('routes that do not cross', () => {
  expect(advice(LATENCY, ({ load }) => rounds(load.route === 'push' ? 200 : 100))[0]).toBe(
    'push is faster than push-legacy at every value from 0 to 20 ms of database latency (2.00× at 0, 2.00× at 1, 2.00× at 5, 2.00× at 20).',
  );
  expect(advice(LATENCY, () => [99, 100, 101])[0]).toBe(
    'push and push-legacy cannot be told apart from 0 to 20 ms of database latency.',
  );
  const late = advice(LATENCY, ({ load, server }) =>
    rounds(load.route === 'push' || server.databaseLatencyMs === 0 ? 100 : 80),
  );
  expect(late[0]).toContain(
    'push is faster than push-legacy from 0 to 20 ms of database latency, but at 0 no lead shows',
  );
});

test('there is no advice where nothing numeric is varied, too much is, too little is, or something is not proved', () => {
  const flat = () => rounds(100);
  expect(sweep({ 'load.route': ['push', 'push-legacy'] }, flat)).toBeUndefined();
  expect(sweep({ 'load.batch': [1, 10] }, flat)).toBeUndefined();
  expect(sweep({ ...BATCHES, 'server.workers': [1, 2] }, flat)).toBeUndefined();
  expect(
    sweep({ ...BATCHES, 'load.route': ['push', 'push-legacy'], 'drain.mode': ['ack', 'autoAck'] }, flat),
  ).toBeUndefined();
  expect(sweep(BATCHES, flat)).toBeDefined();
  expect(sweep(BATCHES, ({ load }) => (load.batch === 10 ? null : rounds(100)))).toBeUndefined();
  expect(sweep(BATCHES, ({ load }) => (load.batch === 10 ? [100, 0, 100] : rounds(100)))).toBeUndefined();
  expect(sweep(BATCHES, ({ load }) => (load.batch > 1 ? REFUSAL : rounds(100)))).toBeUndefined();
  expect(sweep(BATCHES, flat, { load: { model: 'open' } })).toBeUndefined();
});
