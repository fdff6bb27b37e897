import type { PopAckRecord } from '../report/pop-ack-record.ts';
import type { ArmResult, CheckRecord, IntervalRecord, Result, SeriesRecord } from '../report/result.ts';
import type { SaturationRecord } from '../report/saturation-record.ts';
import type { SteadinessRecord } from '../report/steadiness-record.ts';
import { sampleConfiguration } from './sample-configuration.ts';
import { sampleCurve } from './sample-curve.ts';
import { sampleSystem } from './sample-system.ts';

/** Four arms over three rounds as a run might give them: two proven, one that lost messages, one that was refused. */
const ROUNDS = 3;
const BUCKET_MS = 250;
const WARM_UP_MS = 1500;
const DURATION_MS = 10_000;

/** A figure that no report may show: it belongs to the arm whose proof failed. */
export const UNPROVEN_MSG_PER_S = 77_777;
export const REFUSAL =
  'DB_POOL_SIZE=150 needs 142 connections, but PostgreSQL allows max_connections=100 with 3 reserved: at most 97';

const CHECK_NAMES = ['accounting', 'statuses', 'connections', 'pool-hygiene', 'server-errors'] as const;

function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
}

interface Shape {
  readonly name: string;
  readonly route: string;
  readonly batch: number;
  readonly poolSize: number;
  readonly msgPerS: number;
  readonly p50Us: number;
  readonly budget: { readonly async: number; readonly regular: number };
}

const SHAPES: readonly Shape[] = [
  {
    name: 'push',
    route: 'push',
    batch: 100,
    poolSize: 80,
    msgPerS: 56_400,
    p50Us: 24_100,
    budget: { async: 45, regular: 31 },
  },
  {
    name: 'push-legacy',
    route: 'push-legacy',
    batch: 100,
    poolSize: 80,
    msgPerS: 34_800,
    p50Us: 41_700,
    budget: { async: 45, regular: 31 },
  },
  {
    name: 'push created_at-cursor partitions=1000 synchronous_commit=off',
    route: 'push',
    batch: 100,
    poolSize: 80,
    msgPerS: UNPROVEN_MSG_PER_S,
    p50Us: 18_300,
    budget: { async: 45, regular: 31 },
  },
];

function seriesOf(shape: Shape, round: number): SeriesRecord {
  const random = noise(round * 7919 + Math.round(shape.msgPerS));
  const buckets = (WARM_UP_MS + DURATION_MS) / BUCKET_MS;
  const drift = 1 + 0.03 * random();
  const load = Array.from({ length: buckets }, (_, index) => {
    const ramp = Math.min(1, 0.45 + index / 9);
    const pause = index === 27 ? 0.55 : 1;
    return ramp * pause * drift * (1 + 0.09 * random());
  });
  return {
    round,
    bucketMs: BUCKET_MS,
    measuredFromMs: WARM_UP_MS,
    acknowledgedPerS: load.map((factor) => Math.round(shape.msgPerS * factor)),
    latencyP50Us: load.map((factor, index) => (index === 0 ? null : Math.round(shape.p50Us / factor))),
    latencyP99Us: load.map((factor, index) => (index === 0 ? null : Math.round((shape.p50Us * 3.1) / factor ** 2))),
    errors: load.map((_, index) => (shape.name === 'push-legacy' && index === 27 ? 4 : 0)),
    connections: Array.from({ length: 24 }, (_, index) => {
      const inUse = Math.min(1, 0.4 + index / 5);
      const busyAsync = Math.round(shape.budget.async * inUse);
      const busyRegular = Math.round(shape.budget.regular * inUse);
      return { atMs: index * 480, async: busyAsync, regular: busyRegular, total: busyAsync + busyRegular + 3 };
    }),
  };
}

function interval(values: readonly number[]): IntervalRecord {
  const [low = 0, median = 0, high = 0] = values.toSorted((a, b) => a - b);
  return { median, low, high };
}

function armOf(shape: Shape): ArmResult {
  const isProven = shape.msgPerS !== UNPROVEN_MSG_PER_S;
  const byRound = [0.985, 1, 1.021].map((factor) => Math.round(shape.msgPerS * factor));
  const latencyOf = (factor: number) => Math.round(shape.p50Us * factor);
  return {
    name: shape.name,
    parameters: {
      'load.route': shape.route,
      'load.batch': shape.batch,
      'load.payloadBytes': 100,
      'load.partitions': isProven ? 10 : 1000,
      'load.connections': 16,
      'server.workers': 2,
      'server.poolSize': shape.poolSize,
    },
    rounds: ROUNDS,
    verdict: isProven ? 'valid' : 'invalid',
    refused: null,
    attemptedMessages: Math.round(shape.msgPerS * 34.4),
    acknowledgedMessages: Math.round(shape.msgPerS * 34.4) - (shape.name === 'push-legacy' ? 400 : 0),
    throughputMsgPerS: isProven ? interval(byRound) : null,
    throughputByRound: isProven ? byRound : [null, null, null],
    ...(shape.name === 'push' ? { openLoop: OPEN_LOOP } : {}),
    popAck: isProven ? popAckOf(shape, interval(byRound)) : null,
    requestsPerS: shape.msgPerS / shape.batch,
    latencyUs: {
      p50: latencyOf(1),
      p90: latencyOf(1.7),
      p99: latencyOf(3.1),
      p999: latencyOf(5.4),
      max: latencyOf(9.2),
    },
    percentileCurve: isProven ? sampleCurve(Math.round(shape.msgPerS / 3), shape.p50Us) : null,
    ...(shape.name === 'push' ? { saturation: SATURATION } : {}),
    ...(isProven ? { steadiness: steadinessOf(shape) } : {}),
    ...(shape.name === 'push' ? { faults: FAULTS } : {}),
    errors:
      shape.name === 'push-legacy'
        ? [
            { class: 'http 503', count: 3, example: 'no connection became free within 5000 ms' },
            { class: 'socket ECONNRESET', count: 1, example: 'read ECONNRESET' },
          ]
        : [],
    connections: { peak: 76, peakAsync: 45, peakRegular: 31, budget: 76, maxConnections: 100 },
    costs: {
      serverCpuUs: 1e6 / shape.msgPerS,
      postgresCpuUs: 0.7e6 / shape.msgPerS,
      loadGeneratorCpuUs: 0.3e6 / shape.msgPerS,
      ...{ statements: 0.013, writeTransactions: 0.0126, walBytes: 312.4 },
      ...{ rowsWrittenWithDrain: 1.02, walFsyncsWithDrain: 0.0041 },
    },
    ceilingFraction: isProven ? shape.msgPerS / 88_100 : null,
    bottleneck:
      shape.name === 'push' ? 'PostgreSQL: its backends used 0.96 of a core each while the server waited' : null,
    series: Array.from({ length: ROUNDS }, (_, index) => seriesOf(shape, index + 1)),
    ...(isProven ? { system: Array.from({ length: ROUNDS }, (_, index) => sampleSystem(index + 1, shape.name)) } : {}),
  };
}

const OPEN_LOOP: NonNullable<ArmResult['openLoop']> = {
  offeredPerS: 600,
  achievedPerS: 598.5,
  sendLagUs: { p50: 180, p90: 310, p99: 1_740, p999: 9_020, max: 12_300 },
  wakeLagUs: { p50: 170, p90: 260, p99: 940, p999: 4_020, max: 7_300 },
  lateShare: 0.017,
  unacknowledged: 3,
};

const FAULTS: NonNullable<ArmResult['faults']> = [
  {
    round: 1,
    kind: 'postgres-kill',
    between: null,
    fromMs: 2_000,
    toMs: 4_480,
    outcome: 'injected',
    detail: 'SIGKILL to process 4711 and 38 others; ready again after 2.4 s',
  },
  {
    round: 2,
    kind: 'network-cut',
    between: 'clients',
    fromMs: -510,
    toMs: -490,
    outcome: 'injected',
    detail: '16 connections closed',
  },
  {
    round: 3,
    kind: 'buffer-disk-full',
    between: null,
    fromMs: 3_000,
    toMs: null,
    outcome: 'impossible',
    detail: 'no right to mount a tmpfs',
  },
];

/** A search that found 564 requests a second in all three rounds, and the levels below that. */
const SATURATION: SaturationRecord = {
  capacityPerS: { median: 564, low: 552, high: 570 },
  capacityMsgPerS: { median: 56_400, low: 55_200, high: 57_000 },
  capacityByRound: [552, 564, 570],
  isLowerBound: false,
  levels: [0.2, 0.4, 0.6, 0.8, 1].map((share) => {
    const p50 = Math.round(4_000 / (1.04 - share));
    const latencyUs = { p50, p90: p50 * 1.5, p99: p50 * 3, p999: p50 * 4, max: p50 * 5 };
    const sendLagUs = { p50: 60, p90: 90, p99: 200, p999: 800, max: 2_000 };
    const offeredPerS = share * 564;
    return {
      share,
      offeredPerS,
      achievedPerS: offeredPerS,
      latencyUs,
      sendLagUs,
      sustainedRounds: share === 1 ? 2 : 3,
    };
  }),
  steps: [1, 2, 3].flatMap((round) => [
    {
      ...{ round, phase: 'search', share: null, offeredPerS: 400, achievedPerS: 399 },
      verdict: 'sustained',
      reasons: [],
    },
    {
      ...{ round, phase: 'search', share: null, offeredPerS: 800, achievedPerS: 571, verdict: 'unsustained' },
      reasons: ['the backlog grew by 221 requests/s, 27.6 % of what was offered'],
    },
    {
      ...{ round, phase: 'hold', share: null, offeredPerS: 564, achievedPerS: 563 },
      verdict: 'sustained',
      reasons: [],
    },
    {
      ...{ round, phase: 'level', share: 0.8, offeredPerS: 451, achievedPerS: 451 },
      verdict: 'sustained',
      reasons: [],
    },
  ]),
};

/** The legacy route gets faster all through its second round. */
function steadinessOf({ name }: Shape): SteadinessRecord {
  const steady = { verdict: 'steady', trendPercent: -1.4, variationPercent: 6.2, extendedMs: 0 } as const;
  const rising = { verdict: 'unsteady', trendPercent: 18.3, variationPercent: 8.1, extendedMs: 1_000 } as const;
  const isRising = (round: number) => name === 'push-legacy' && round === 2;
  const rounds = [1, 2, 3].map((round) => ({ round, ...(isRising(round) ? rising : steady) }));
  return { verdict: name === 'push-legacy' ? 'unsteady' : 'steady', rounds };
}

/** Consumers at seven tenths of the push rate. */
function popAckOf({ p50Us }: Shape, { median, low, high }: IntervalRecord): PopAckRecord {
  const latencyUs = { p50: p50Us, p90: p50Us * 2, p99: p50Us * 3, p999: p50Us * 4, max: p50Us * 5 };
  return {
    consumers: 16,
    batch: 100,
    throughputMsgPerS: { median: median * 0.7, low: low * 0.7, high: high * 0.7 },
    throughputByRound: [low, median, high].map((rate) => rate * 0.7),
    shareOfPush: 0.7,
    popLatencyUs: latencyUs,
    ackLatencyUs: { ...latencyUs, p50: p50Us / 2 },
    consumerEventLoopUtilization: 0.4,
  };
}

const REFUSED_ARM: ArmResult = {
  name: 'push poolSize=150',
  parameters: {
    'load.route': 'push',
    'load.batch': 100,
    'load.payloadBytes': 100,
    'load.partitions': 10,
    'load.connections': 16,
    'server.workers': 2,
    'server.poolSize': 150,
  },
  rounds: 0,
  verdict: 'unknown',
  refused: REFUSAL,
  attemptedMessages: 0,
  acknowledgedMessages: 0,
  throughputMsgPerS: null,
  throughputByRound: [],
  requestsPerS: null,
  latencyUs: null,
  errors: [],
  connections: { peak: 0, peakAsync: 0, peakRegular: 0, budget: null, maxConnections: 100 },
  costs: {},
  ceilingFraction: null,
  bottleneck: null,
  series: [],
};

function checksOf(arm: ArmResult): readonly CheckRecord[] {
  return CHECK_NAMES.flatMap((name) =>
    Array.from({ length: ROUNDS }, (_, index): CheckRecord => {
      const attempted = Math.round(arm.attemptedMessages / ROUNDS);
      const lost = name === 'accounting' && arm.verdict === 'invalid' && index < 2 ? 3 - index : 0;
      const isBlind = name === 'server-errors' && arm.verdict === 'invalid' && index === 2;
      return {
        name,
        arm: arm.name,
        round: index + 1,
        verdict: lost > 0 ? 'invalid' : isBlind ? 'unknown' : 'valid',
        summary:
          lost > 0
            ? `of ${attempted.toLocaleString('en-GB')} acknowledged: ${lost} storedUnreachable`
            : isBlind
              ? 'cannot be judged: the log of PostgreSQL could not be read'
              : `nothing to object to in ${attempted.toLocaleString('en-GB')} messages`,
        counts:
          name === 'accounting'
            ? {
                attempted,
                acknowledged: attempted,
                queued: attempted,
                stored: attempted,
                delivered: attempted - lost,
                lost,
                duplicated: 0,
                storedUnreachable: lost,
                indeterminate: arm.name === 'push-legacy' ? 133 : 0,
              }
            : {},
        witness:
          lost > 0
            ? [
                'message r3k9-120311 (producer 4, partition p6) answered queued after 18.2 ms, 1 row, 0 deliveries',
                "see: select id, created_at from queen.messages where transaction_id = 'r3k9-120311' -- the row committed after the cursor had passed it, and no consumer that starts at the cursor can reach it again",
              ]
            : [],
      };
    }),
  );
}

/** A result with everything that a report must be able to show. Deterministic. */
export function sampleResult(): Result {
  const arms = [...SHAPES.map(armOf), REFUSED_ARM];
  return {
    schemaVersion: 1,
    scenario: 'push-vs-legacy',
    question: 'Is the async push route faster than the thread-pool route on the same connection budget?',
    answer:
      'Yes: push takes 56,400 msg/s and push-legacy 34,800 msg/s with the same 76 connections, 1.62 times as many. One arm has no figure: it lost 5 messages.',
    verdict: 'invalid',
    exitCode: 1,
    reasons: [
      'accounting is invalid for push created_at-cursor partitions=1000 synchronous_commit=off: 5 messages were lost',
    ],
    startedAt: '2026-11-24T10:23:01.412Z',
    durationMs: 118_400,
    seed: 20_261_124,
    command: 'npm run scenario -- push-vs-legacy',
    configuration: sampleConfiguration(),
    environment: {
      node: 'v24.21.0',
      postgres: 'PostgreSQL 18.4 on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0) 12.2.0, 64-bit',
      provider: 'embedded',
      providerReason: 'no container runtime answers on /var/run/docker.sock',
      maxConnections: 100,
      postgresSettings: {
        max_connections: '100',
        shared_buffers: '128MB',
        log_min_messages: 'warning',
        synchronous_commit: 'on',
      },
      cpu: 'AMD EPYC 7B13',
      cores: 2,
      memoryBytes: 8_343_425_024,
      os: 'linux 6.8.0',
      git: '4f2c1a9 (clean)',
    },
    arms,
    ceilings: [
      {
        batch: 100,
        payloadBytes: 100,
        partitions: 10,
        throughputMsgPerS: interval([86_900, 88_100, 90_200]),
        byRound: [88_100, 86_900, 90_200],
      },
    ],
    partCeilings: [
      { part: 'single-inserts', connections: 4, perS: 2_140, batch: 1, payloadBytes: 100, partitions: 10 },
      { part: 'commits', connections: 1, perS: 812.5 },
      { part: 'commits', connections: 4, perS: 2_730 },
      { part: 'http-echo', connections: 16, perS: 4_470, batch: 100, payloadBytes: 100 },
    ],
    ratios: [
      { numerator: 'push', denominator: 'push-legacy', metric: 'throughput', median: 1.62, low: 1.55, high: 1.71 },
    ],
    checks: arms.filter(({ refused }) => refused === null).flatMap(checksOf),
    expectations: [
      { text: 'lost == 0', met: false, observed: '5' },
      { text: 'push.throughput / push-legacy.throughput >= 1.3', met: true, observed: '1.62' },
      { text: 'push.p99 <= push-legacy.p99', met: null, observed: 'push-legacy: p99 was not measured' },
    ],
  };
}

/** The sample with only its two proven arms, all checks valid. */
export function passedResult(): Result {
  const sample = sampleResult();
  const arms = sample.arms.filter(({ verdict }) => verdict === 'valid');
  const names = new Set(arms.map(({ name }) => name));
  return {
    ...sample,
    verdict: 'passed',
    exitCode: 0,
    reasons: [],
    answer:
      'Yes: push takes 56,400 msg/s and push-legacy 34,800 msg/s with the same 76 connections, 1.62 times as many.',
    arms,
    checks: sample.checks.filter(({ arm }) => names.has(arm)),
    expectations: sample.expectations.filter(({ met }) => met === true),
  };
}

/** Two routes at four distances to PostgreSQL, and one distance at which nothing could be proved. */
export function sweepResult(): Result {
  const sample = passedResult();
  const [push, legacy] = sample.arms as [ArmResult, ArmResult];
  const distances = [0, 1, 5, 20];
  const arms = [push, legacy].flatMap((arm) =>
    distances.map((x): ArmResult => {
      const byRound = arm.throughputByRound.map((rate) => (rate ?? 0) / (1 + x / (arm === push ? 30 : 4)));
      return {
        ...arm,
        name: `databaseLatency=${x}ms ${arm.name}`,
        parameters: { ...arm.parameters, 'server.databaseLatencyMs': x },
        throughputByRound: byRound,
        throughputMsgPerS: interval(byRound),
      };
    }),
  );
  const [unproven] = sampleResult().arms.filter(({ verdict }) => verdict === 'invalid') as [ArmResult];
  const line = (route: ArmResult, marked: number | null) => ({
    name: route.name,
    points: distances.map((x) => ({ x, arm: `databaseLatency=${x}ms ${route.name}` })),
    marked,
  });
  const pushLine = line(push, 5);
  return {
    ...sample,
    scenario: 'latency-sweep',
    question: 'What does a PostgreSQL further away cost, and where does the one route overtake the other?',
    answer: 'push is faster than push-legacy at every value from 0 to 20 ms of database latency.',
    arms: [...arms, unproven],
    ratios: [],
    checks: [],
    expectations: [],
    advice: ['push is faster than push-legacy at every value from 0 to 20 ms of database latency.'],
    sweep: {
      unit: 'ms of database latency',
      lines: [{ ...pushLine, points: [...pushLine.points, { x: 50, arm: unproven.name }] }, line(legacy, null)],
    },
  };
}

/** Markup, an escape sequence and a Markdown table's end, as a server under test might send them. */
export const HOSTILE =
  '</script><img src=x onerror="window.hostile=1"><script>window.hostile=1</script>\u001b[31m`|\n| <b>bold</b> &lt;';

/** A result, the sample when none is named, with {@link HOSTILE} behind every string that comes from outside, names and keys included. */
export function hostileResult(of: Result = sampleResult()): Result {
  const kept = new Set(['phase', 'verdict', 'metric', 'startedAt', 'kind', 'between', 'outcome', 'part', 'source']);
  const infect = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return kept.has(key) ? value : value + HOSTILE;
    if (Array.isArray(value)) return value.map((entry) => infect(entry, key));
    if (value === null || typeof value !== 'object') return value;
    const hasFreeKeys = ['parameters', 'postgresSettings', 'costs'].includes(key);
    const entries = Object.entries(value).map(([name, entry]) => [
      hasFreeKeys ? name + HOSTILE : name,
      infect(entry, name),
    ]);
    return Object.fromEntries(entries);
  };
  const infected = infect(of, '') as Result;
  // The checks keep their names: the accounting table must be drawn, hostile arm names included.
  return {
    ...infected,
    checks: infected.checks.map((check, index) => ({ ...check, name: of.checks[index]?.name ?? '' })),
  };
}
