import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ALL_BEHAVIOURS } from '../conformance/all-behaviours.ts';
import { exitCodeOf, judgeTarget } from '../conformance/judge-target.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import type { RunningServer } from '../target/running-server.ts';
import { startServer } from '../target/server-process.ts';
import { type CliRun, finish } from './acceptance/run-cli.ts';
import { type FakeServer, listen } from './fake-queue.ts';

const MAIN = new URL('../conformance/main.ts', import.meta.url).pathname;
const DATABASE = 'conformance_test';
const admin = inject('postgres');
let folder: string;
let server: RunningServer;

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

/** Forwards everything and replaces every status by 200, as the original server does. */
async function startAlways200Proxy(baseUrl: string): Promise<FakeServer> {
  const { hostname, port } = new URL(baseUrl);
  const proxy = createServer((incoming, response) => {
    const { method, url: path, headers } = incoming;
    const outgoing = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
      const { 'content-type': type } = answer.headers;
      response.writeHead(200, type === undefined ? {} : { 'content-type': type });
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    outgoing.flushHeaders();
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  return await listen(proxy);
}

async function run(words: readonly string[]): Promise<CliRun> {
  return await finish(spawn(process.execPath, [MAIN, ...words], { stdio: ['ignore', 'pipe', 'pipe'] }));
}

test('the reference server is a valid queue in all it offers', async () => {
  const outcomes = await judgeTarget(
    { baseUrl: server.baseUrl, token: undefined, requestTimeoutMs: 20_000 },
    ALL_BEHAVIOURS,
    { prefix: 'reference', signal: new AbortController().signal, onOutcome: () => undefined },
  );
  const open = outcomes.filter(({ verdict }) => verdict === 'violated' || verdict === 'unknown');
  // A behaviour that fails against expectation says why.
  expect(open).toEqual([]);
  expect(outcomes.filter(({ verdict }) => verdict === 'not-offered').map(({ id }) => id)).toEqual(['streams']);
  expect(exitCodeOf(outcomes)).toBe(0);
}, 120_000);

test('a queue that answers everything with 200 violates one behaviour more, and the rest is read from its bodies', async () => {
  await using proxy = await startAlways200Proxy(server.baseUrl);
  const outcomes = await judgeTarget(
    { baseUrl: proxy.baseUrl, token: undefined, requestTimeoutMs: 20_000 },
    ALL_BEHAVIOURS,
    { prefix: 'always-200', signal: new AbortController().signal, onOutcome: () => undefined },
  );
  const open = outcomes.filter(({ verdict }) => verdict === 'violated' || verdict === 'unknown');
  expect(open).toMatchObject([
    { id: 'declared-statuses', verdict: 'violated', came: expect.stringContaining('a pop of nothing: 204, came 200') },
  ]);
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
