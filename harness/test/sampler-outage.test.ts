import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { checkConnections } from '../checkers/connections.ts';
import type { FaultRecord } from '../history/fault-record.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import { runClock } from '../measure/run-clock.ts';
import { startEmbedded } from '../postgres/embedded.ts';
import type { PostgresControl, RunDatabase, RunningPostgres } from '../postgres/provider.ts';
import { startConnectionSampler } from '../target/connection-sampler.ts';
import { countersBetween, readDatabaseCounters } from '../target/database-counters.ts';
import { connections, evidence, sample } from './checkers-evidence.ts';

const SOON = { timeout: 20_000 };
let folder: string;
let postgres: RunningPostgres;
let database: RunDatabase;
let control: PostgresControl;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queueproof-test-'));
  // The account that PostgreSQL runs as must be able to pass.
  await chmod(folder, 0o755);
  const options = { maxConnections: 100, settings: {}, image: 'postgres:18', logFolder: folder };
  postgres = await startEmbedded(options, 'embedded: a test of outages');
  database = await postgres.createDatabase('outage');
  if ('missing' in postgres.control) throw new Error(postgres.control.missing);
  control = postgres.control;
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

test.each([
  ['killed', 'postgres-kill', () => control.kill(), () => control.start(), true],
  ['stopped in order', 'postgres-restart', () => control.stop(), () => control.start(), false],
] as const)(
  'PostgreSQL %s: the sampler tells the gap, which only that fault excuses, and goes on; counters know a crash',
  async (_what, kind, breakIt, heal, isCrash) => {
    const clock = runClock();
    const before = await readDatabaseCounters(postgres.admin, database.name);
    const options = { intervalMs: 20, databaseName: database.name, startedUs: clock.monotonicUs };
    await using sampling = await startConnectionSampler(postgres.admin, options);
    await vi.waitFor(() => expect(sampling.series.samples.length).toBeGreaterThan(5), SOON);
    const invokedUs = monotonicUs();
    await breakIt();
    const injectedUs = monotonicUs();
    // An end that is open: nobody has looked since.
    await vi.waitFor(() => expect(sampling.series.gaps).toHaveLength(1), SOON);
    const healInvokedUs = monotonicUs();
    await heal();
    const healedUs = monotonicUs();
    const looks = sampling.series.samples.length;
    await vi.waitFor(() => expect(sampling.series.samples.length).toBeGreaterThan(looks), SOON);
    const { samples, gaps } = await sampling.stop();
    expect(gaps).toMatchObject([{ reason: expect.stringContaining('could not be sampled') }]);

    const counters = countersBetween(before, await readDatabaseCounters(postgres.admin, database.name));
    expect(counters.resetByCrash).toBe(isCrash);
    expect(Math.min(...Object.values(counters).filter((value) => typeof value === 'number'))).toBeGreaterThanOrEqual(0);

    const done: FaultRecord = {
      ...{ kind, between: undefined, outcome: 'injected', detail: '' },
      ...{ invokedUs, injectedUs, healInvokedUs, healedUs },
    };
    // As if there had been a server.
    const seen = samples.map(({ atMs }) => sample(atMs));
    const judge = (faults: readonly FaultRecord[]) =>
      checkConnections(
        evidence({ clock, faults, connections: connections({ samples: seen, gaps, sampleIntervalMs: 100 }) }),
      ).verdict;
    expect(judge([done])).toBe('valid');
    expect(judge([])).toBe('unknown');
    expect(judge([{ ...done, kind: 'worker-kill' }])).toBe('unknown');
  },
);
