import type { GateMetricResult, GateResult } from '../gate/gate-result.ts';

export function sampleMetric(over: Partial<GateMetricResult> = {}): GateMetricResult {
  return {
    arm: 'batch=100',
    metric: { name: 'throughput', unit: 'msg/s', better: 'higher', kind: 'speed' },
    verdict: 'pass',
    reason: 'batch=100: throughput lost less than 10 %',
    blocks: 6,
    ratio: { estimate: 0.99, low: 0.95, high: 1.03 },
    interval95: { low: 0.96, high: 1.02 },
    blockSd: 0.03,
    signFlipP: 0.4,
    neededBlocks: 0,
    base: 61_234,
    candidate: 60_622,
    ...over,
  };
}

/** A whole result of a gate that passed. */
export function sampleGate(over: Partial<GateResult> = {}): GateResult {
  return {
    schemaVersion: 1,
    kind: 'gate',
    verdict: 'pass',
    exitCode: 0,
    answer: 'abc against main: no loss.',
    reasons: [],
    notes: [],
    startedAt: '2026-11-24T10:23:01.000Z',
    durationMs: 125_000,
    seed: 7,
    command: 'npm run gate -- --against main --seed 7',
    scenario: 'regression',
    base: { label: 'main (0123456789ab)', commit: '0123456789abcdef', detail: 'a subject' },
    candidate: { label: 'working tree', commit: null, detail: 'with changes' },
    environment: {
      ...{ node: 'v24.21.0', postgres: 'PostgreSQL 18.4', provider: 'embedded', providerReason: 'asked for' },
      ...{
        maxConnections: 100,
        postgresSettings: {},
        cpu: 'a CPU',
        cores: 2,
        memoryBytes: 8e9,
        os: 'Linux',
        git: 'abc',
      },
    },
    rule: { margin: 0.03, tolerated: 0.1, costMargin: 0.02, costTolerated: 0.05, looks: [6, 10, 16, 24], minutes: 5 },
    metrics: [sampleMetric()],
    blocks: [{ number: 1, round: 'first', lead: 'base', durationMs: 20_000, proof: 'valid' }],
    dropped: [],
    violations: [],
    samples: [
      { round: 'first', arm: 'batch=100', metric: 'throughput', blocks: [{ lead: 'base', base: 1, candidate: 1 }] },
    ],
    attribution: null,
    ...over,
  };
}

/** One that failed, with a name and a statement from outside that try to be markup. */
export function failedGate(): GateResult {
  return sampleGate({
    verdict: 'fail',
    exitCode: 2,
    answer: 'abc against main: slower.',
    reasons: ['batch=100: <b>lost</b> | 12 %', 'a second reason'],
    metrics: [
      sampleMetric({ verdict: 'fail', ratio: { estimate: 0.88, low: 0.85, high: 0.91 }, candidate: 53_000 }),
      sampleMetric({
        metric: { name: 'serverCpuUs', unit: 'µs', better: 'lower', kind: 'cost' },
        verdict: 'fail',
        ratio: { estimate: 1.2, low: 1.17, high: 1.23 },
        base: 14.4,
        candidate: 17.3,
      }),
      sampleMetric({ arm: 'batch=1', verdict: 'inconclusive', ratio: null, candidate: null, blockSd: null }),
    ],
    attribution: {
      costs: [{ arm: 'batch=100', cost: 'serverCpuUs', ratio: 1.2 }],
      functions: [{ name: 'spin server/slowed/slow-down.ts', base: 0, candidate: 2.9 }],
      statements: [
        {
          text: 'insert into `t` values ($1)\n| <script>',
          calls: { base: 0.01, candidate: 0.02 },
          meanUs: { base: 120, candidate: null },
        },
      ],
      missing: [],
    },
  });
}
