import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { runChecks } from '../checkers/run-checks.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import { scanServerLog } from '../run/scan-log.ts';
import { countServerSessions, startConnectionSampler } from '../target/connection-sampler.ts';
import { countersBetween, readDatabaseCounters } from '../target/database-counters.ts';
import { expectedBudget } from '../target/expected-budget.ts';
import { ServerRefused } from '../target/running-server.ts';
import { startServer } from '../target/server-process.ts';
import { evidence, GOOD_LIFECYCLE } from './checkers-evidence.ts';

// Few connections: the cluster is shared with the tests of other files.
const POOL_SIZE = 20;
const DATABASE = 'server_process_test';
const admin = inject('postgres');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queueproof-test-'));
  await withAdminSession(admin, (client) => client.query(`create database ${DATABASE}`));
});

afterAll(async () => {
  await withAdminSession(admin, (client) => client.query(`drop database ${DATABASE} with (force)`));
  await rm(folder, { recursive: true });
});

function start(poolSize: number, logFile: string) {
  const database = { ...admin, database: DATABASE };
  return startServer({ workers: 2, poolSize, database, logFile, startTimeoutMs: 45_000 });
}

test('the reference server keeps its budget and leaves nothing behind, by all the evidence there is', async () => {
  const logFile = join(folder, 'good.log');
  const countersBefore = await readDatabaseCounters(admin, DATABASE);
  await using sampling = await startConnectionSampler(admin, {
    intervalMs: 50,
    databaseName: DATABASE,
    startedUs: monotonicUs(),
  });
  const server = await start(POOL_SIZE, logFile);
  expect(server.workers().map(({ number }) => number)).toEqual([1, 2]);
  const health = await fetch(`${server.baseUrl}/health`);
  expect(health.status).toBe(200);
  expect(await server.stop()).toBe(0);
  const leftAfterExit = await countServerSessions(admin, DATABASE);
  const series = await sampling.stop();

  const results = runChecks(
    ['connections', 'pool-hygiene', 'server-errors'],
    evidence({
      connections: {
        ...series,
        sampleIntervalMs: 50,
        maxConnections: 100,
        budget: expectedBudget(POOL_SIZE),
        leftAfterExit,
      },
      serverLog: await scanServerLog(logFile),
      databaseCounters: countersBetween(countersBefore, await readDatabaseCounters(admin, DATABASE)),
      lifecycle: { ...GOOD_LIFECYCLE, ...server.lifecycle },
    }),
  );
  // A pause of the sampling is the machine's, not the server's: with other tests beside it, it may happen.
  for (const { name, verdict, summary } of results) expect([name, verdict, summary]).not.toContain('invalid');
  const [connections] = results;
  expect(connections?.counts).toMatchObject({ 'peak async': 11, 'peak regular': 8, leftAfterExit: 0 });
});

test("a budget that cannot fit is refused in the server's own words, and nothing is left", async () => {
  const refusal = await start(150, join(folder, 'refused.log')).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(ServerRefused);
  expect(refusal).toHaveProperty('reason', expect.stringMatching(/142.*100|100.*142/s));
  expect(await countServerSessions(admin, DATABASE)).toBe(0);
});
