import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ALL_BEHAVIOURS } from '../conformance/all-behaviours.ts';
import { exitCodeOf, judgeTarget } from '../conformance/judge-target.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import { type RunningServer, startServer } from '../target/server-process.ts';
import { type CliRun, finish } from './acceptance/run-cli.ts';

const MAIN = new URL('../conformance/main.ts', import.meta.url).pathname;
const DATABASE = 'conformance_test';
const admin = inject('postgres');
let folder: string;
let server: RunningServer;

/** Behaviours of routes and options that the reference server does not have yet. */
const NOT_YET_BUILT: readonly string[] = [
  'push-capacity',
  'push-legacy-capacity',
  'delayed-processing',
  'delayed-wait',
  'window-buffer',
  'transaction-push-and-ack',
  'transaction-bad-ack',
  'transaction-bad-push',
  'transaction-missing-queue',
  'transaction-lost-lease',
  'transaction-ids',
  'transaction-group',
  'transaction-wakes',
  'transaction-refused',
  'transaction-refused-whole',
  'capacity-room-again',
  'queue-delete',
  'queue-made-again',
  'queue-list',
  'queue-detail',
  'queue-detail-absent',
  'messages-list',
  'messages-pages',
  'messages-partition',
  'message-get',
  'message-get-unknown',
  'message-delete',
  'dlq-list',
  'dlq-pages',
  'dlq-group',
  'dlq-empty',
  'maintenance-status',
  'maintenance-refused',
  'buffers-status',
  'maintenance-switch',
  'maintenance-buffered',
  'maintenance-count',
  'maintenance-drained',
  'maintenance-pop',
  'maintenance-duplicate',
  'metrics',
  'status',
  'status-queues',
  'status-queue',
  'status-queue-messages',
  'analytics',
  'system-metrics',
  'consumer-groups',
  'overview',
  'namespaces-and-tasks',
  'strange-json',
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queueproof-test-'));
  await withAdminSession(admin, (client) => client.query(`create database ${DATABASE}`));
  server = await startServer({
    workers: 2,
    poolSize: 20,
    database: { ...admin, database: DATABASE },
    logFile: join(folder, 'server.log'),
    startTimeoutMs: 45_000,
  });
});

afterAll(async () => {
  await server.stop();
  await withAdminSession(admin, (client) => client.query(`drop database ${DATABASE} with (force)`));
  await rm(folder, { recursive: true, force: true });
});

async function run(words: readonly string[]): Promise<CliRun> {
  return await finish(spawn(process.execPath, [MAIN, ...words], { stdio: ['ignore', 'pipe', 'pipe'] }));
}

test('the reference server is a valid queue, but for what is not built yet', async () => {
  const outcomes = await judgeTarget(
    { baseUrl: server.baseUrl, token: undefined, requestTimeoutMs: 20_000 },
    ALL_BEHAVIOURS,
    { prefix: 'reference', signal: new AbortController().signal, onOutcome: () => undefined },
  );
  const open = outcomes.filter(({ verdict }) => verdict === 'violated' || verdict === 'unknown');
  // A behaviour that fails against expectation says why.
  expect(open.filter(({ id }) => !NOT_YET_BUILT.includes(id))).toEqual([]);
  expect(open.map(({ id }) => id)).toEqual(NOT_YET_BUILT);
  expect(outcomes.filter(({ verdict }) => verdict === 'not-offered').map(({ id }) => id)).toEqual(['streams']);
  expect(exitCodeOf(outcomes)).toBe(NOT_YET_BUILT.length === 0 ? 0 : 1);
}, 120_000);

describe('the command', () => {
  test('judges a target, a section of it, and says so in one line each', async () => {
    const { exitCode, stdout } = await run(['--target', server.baseUrl, '--only', 'leases']);
    expect(stdout).toMatch(/\nleases\n {2}✓ while a partition is leased nobody else .* lease-exclusive\n/);
    expect(stdout).toMatch(/\n12 behaviours: 12 valid, 0 violated, 0 unknown, 0 not offered\n$/);
    expect(exitCode).toBe(0);
  });

  test('prints JSON and nothing else with --json', async () => {
    const { exitCode, stdout } = await run(['--target', server.baseUrl, '--only', 'streams', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      target: server.baseUrl,
      exitCode: 3,
      counts: { valid: 0, violated: 0, unknown: 0, 'not-offered': 1 },
      behaviours: [{ id: 'streams', verdict: 'not-offered', reason: expect.stringContaining('404') }],
    });
    expect(exitCode).toBe(3);
  });

  test.each([
    ['a target where nobody listens', ['--target', 'http://127.0.0.1:1'], 69, /nobody answers at .*ECONNREFUSED/],
    ['a target that is not this machine', ['--target', 'http://10.0.0.1'], 64, /not this machine\n→ .*--allow-remote/],
    ['a target that is no URL', ['--target', 'queue'], 64, /expected a URL/],
    ['words that nothing has', ['--only', 'nonsense'], 64, /no behaviour .*\n→ sections are push, push-legacy/],
    ['an unknown option', ['--bogus'], 64, /unknown option/],
  ])('refuses %s', async (_what, words, code, text) => {
    const { exitCode, stdout, stderr } = await run(words);
    expect(stderr).toMatch(text);
    expect(stdout).toBe('');
    expect(exitCode).toBe(code);
  });
});
