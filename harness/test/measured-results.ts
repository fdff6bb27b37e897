import type { MeasuredArm, MeasuredResult } from '../report/measured-result.ts';

export type GitResult = MeasuredResult & { readonly environment: { readonly git: string } };

/** Of every figure how much the runs differ, in shares; over three runs the mean is 0. */
const SPREAD = [-0.01, 0.01, 0] as const;

/** What makes the runs different from an ordinary version's. */
export interface Differences {
  /** Factor on msg/s of push, and with it on its ratios. */
  readonly speed?: number;
  /** Factor on the WAL bytes of both arms. */
  readonly wal?: number;
  readonly result?: Partial<GitResult>;
  readonly environment?: Partial<GitResult['environment']>;
  readonly arm?: Partial<MeasuredArm>;
}

/** Results as far as they are compared: `push` and `push-legacy`, run a minute apart from `from` on. */
export function measuredResults(count: number, from: Date, differences: Differences = {}): readonly GitResult[] {
  return Array.from({ length: count }, (_, run) => measuredResult(run, from, differences));
}

function measuredResult(run: number, from: Date, { speed = 1, wal = 1, ...rest }: Differences): GitResult {
  const luck = 1 + (SPREAD[run % SPREAD.length] ?? 0);
  const rate = { push: 100_000 * speed * luck, legacy: 50_000 };
  const arm = (name: string, msgPerS: number): MeasuredArm => ({
    name,
    parameters: { 'load.route': name, 'load.batch': 100, 'load.connections': 16 },
    verdict: 'valid',
    throughputMsgPerS: { median: msgPerS },
    costs: { walBytes: 450 * wal * (1 + (luck - 1) / 50), statements: 0.08, serverCpuUs: (1e6 / msgPerS) * luck },
    ceilingFraction: msgPerS / 200_000,
    ...(name === 'push' ? rest.arm : {}),
  });
  return {
    schemaVersion: 1,
    scenario: 'push-vs-legacy',
    verdict: 'passed',
    startedAt: new Date(from.getTime() + run * 60_000).toISOString(),
    environment: {
      node: 'v24.21.0',
      postgres: 'PostgreSQL 18.4 on x86_64-pc-linux-gnu, 64-bit',
      provider: 'embedded',
      maxConnections: 100,
      cpu: 'AMD EPYC',
      cores: 2,
      memoryBytes: 25_276_059_648,
      os: 'Linux 6.18 x64',
      git: '0123456789ab',
      postgresSettings: { port: String(30_000 + run), shared_preload_libraries: 'pg_stat_statements' },
      ...rest.environment,
    },
    arms: [arm('push', rate.push), arm('push-legacy', rate.legacy)],
    ratios: [{ numerator: 'push', denominator: 'push-legacy', metric: 'throughput', median: rate.push / rate.legacy }],
    ...rest.result,
  };
}
