import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { withAdminSession } from '../postgres/admin-session.ts';
import { ClinicProfiler } from '../profile/clinic-profiler.ts';
import type { ProfileRecord } from '../report/profile-record.ts';
import { startServer } from '../target/server-process.ts';
import { processesOf } from './processes-of.ts';

const LONG_MS = 30_000;
const never = new AbortController().signal;
const admin = inject('postgres');
const DATABASE = 'clinic_profiler_test';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queueproof-test-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

let fakes = 0;

/** A program in the place of clinic. */
async function fakeClinic(source: string): Promise<string> {
  fakes += 1;
  const file = join(folder, `clinic-${fakes}.cjs`);
  await writeFile(file, source);
  return file;
}

/** What becomes of the page when clinic is this program. */
async function pageOf(
  source: string,
  { limitMs = LONG_MS, signal = never }: { readonly limitMs?: number; readonly signal?: AbortSignal } = {},
): Promise<{ readonly record: ProfileRecord; readonly report: string; readonly home: string }> {
  const report = await mkdtemp(join(folder, 'report-'));
  const program = await fakeClinic(source);
  await using profiler = await ClinicProfiler.open('doctor', { program, limitMs, signal });
  return { record: await profiler.write(report), report, home: profiler.launch.tool?.folder ?? '' };
}

test('the page comes into the report, and what clinic leaves beside it is gone', async () => {
  const { record, report, home } = await pageOf(`
    const fs = require('fs');
    if (process.env.NO_INSIGHT !== '1' || process.env.HOME !== process.cwd()) throw new Error('it would ask, and leave files');
    fs.writeFileSync('node_trace.1.log', '');
    fs.mkdirSync('.clinic');
    const data = process.argv[process.argv.indexOf('--visualize-only') + 1];
    fs.writeFileSync(data + '.html', '<p>' + process.argv[2] + '</p>');
  `);
  expect(record).toMatchObject({ failure: null, files: ['profile/profile.md', 'profile/clinic-doctor.html'] });
  expect(record.costs).toBeUndefined();
  expect(await readFile(join(report, 'profile/clinic-doctor.html'), 'utf8')).toBe('<p>doctor</p>');
  expect(existsSync(home)).toBe(false);
});

test('one that hangs is killed when the time is up, with all it started, and is quoted', async () => {
  const { record, report, home } = await pageOf(
    `
    require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'inherit' });
    console.log('Analysing data');
    setInterval(() => 0, 1000);
  `,
    { limitMs: 1500 },
  );
  expect(record.failure).toBe('clinic doctor: not done after 1.5 s, so it was killed; its last words: Analysing data');
  expect(await processesOf(home)).toEqual([]);
  expect(await readFile(join(report, 'profile/profile.md'), 'utf8')).toContain('not done after 1.5 s');
});

test('one that asks a question gets no answer, and does not wait for it', async () => {
  const { record } = await pageOf(`
    process.stdin.on('end', () => { console.log('May I report statistics?'); process.exit(1); }).resume();
  `);
  expect(record.failure).toBe('clinic doctor: ended with exit code 1; its last words: May I report statistics?');
});

test('one that ends well without a page, and one that is interrupted, say so', async () => {
  expect((await pageOf('')).record.failure).toMatch(/ended well but left no page \(ENOENT/);
  const signal = AbortSignal.abort(new Error('Ctrl-C'));
  expect((await pageOf('', { signal })).record.failure).toBe('clinic doctor: interrupted');
});

test('under clinic the server is one process, which ends by itself after Ctrl-C to the group', async () => {
  await withAdminSession(admin, (client) => client.query(`create database ${DATABASE}`));
  // As clinic does: the server is its child, and it ends after it.
  const program = await fakeClinic(`
    const { spawn } = require('child_process');
    process.once('SIGINT', () => undefined);
    const words = process.argv.slice(process.argv.indexOf('--') + 1);
    spawn(words[0], words.slice(1), { stdio: 'inherit' }).on('exit', (code, signal) => process.exit(code ?? 99));
  `);
  await using profiler = await ClinicProfiler.open('doctor', { program, limitMs: LONG_MS, signal: never });
  const database = { ...admin, database: DATABASE };
  const logFile = join(folder, 'server.log');
  const { launch } = profiler;
  const settings = { workers: 1, poolSize: 10, poolMode: 'unified' as const, database };
  const server = await startServer({ ...settings, logFile, startTimeoutMs: 45_000, launch });
  const [worker] = server.workers();
  expect(worker?.pid).not.toBe(server.pid);
  const push = await fetch(`${server.baseUrl}/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ items: [{ queue: 'q', payload: { n: 1 } }] }),
  });
  expect(push.status).toBe(201);
  const metrics = await fetch(`${server.baseUrl}/metrics`);
  expect(metrics.status).toBe(200);
  expect(await server.stop()).toBe(0);
  expect(await readFile(logFile, 'utf8')).toContain('"event":"stopping"');

  const refusal = startServer({ ...settings, workers: 2, logFile, startTimeoutMs: 45_000, launch });
  await expect(refusal).rejects.toThrow('NUM_WORKERS: expected 1 in a single process, got 2');
  await withAdminSession(admin, (client) => client.query(`drop database ${DATABASE} with (force)`));
});
