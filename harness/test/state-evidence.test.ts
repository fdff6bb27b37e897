import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { isMissing } from '../history/evidence.ts';
import { Ledger } from '../history/ledger.ts';
import { formatTransactionId } from '../history/message-identity.ts';
import { payloadFormat } from '../load/payload.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import { BufferFolderSearch } from '../target/buffer-folder-search.ts';
import { readBuffer } from '../target/buffer-status.ts';
import { configureQueue } from '../target/configure-queue.ts';
import { readDeadLetters } from '../target/dead-letters.ts';
import { MarkerScan } from '../target/marker-scan.ts';
import { plainRequest } from '../target/plain-request.ts';
import { ResourceSampler } from '../target/resource-sampler.ts';
import { searchRows } from '../target/search-rows.ts';
import { type ServerUnderTest, startServerUnderTest } from '../target/server-under-test.ts';
import { MAINTENANCE_PATH, PUSH_PATH } from '../target/wire.ts';

const SOON = { timeout: 20_000 };
const DATABASE = 'state_evidence_test';
const RUN_ID = 'r1';
const PAYLOAD = payloadFormat(RUN_ID, 100);
const admin = inject('postgres');
const database = { ...admin, database: DATABASE };
let folder: string;
let logFile: string;
let server: ServerUnderTest;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queueproof-test-'));
  logFile = join(folder, 'server.log');
  await withAdminSession(admin, (client) => client.query(`create database ${DATABASE}`));
  server = await startServerUnderTest({ workers: 2, poolSize: 20, database, logFile, startTimeoutMs: 45_000 });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await withAdminSession(admin, (client) => client.query(`drop database ${DATABASE} with (force)`));
  await rm(folder, { recursive: true });
});

async function push(queue: string, ...numbers: readonly number[]): Promise<readonly { readonly status: string }[]> {
  const items = numbers.map((number) => ({
    queue,
    partition: 'p0',
    transactionId: formatTransactionId(RUN_ID, number),
    payload: JSON.parse(PAYLOAD.encode(number)),
  }));
  const { body } = await plainRequest(server.baseUrl, { method: 'POST', path: PUSH_PATH.push, body: { items } });
  return JSON.parse(body);
}

function maintenance(enabled: boolean) {
  return plainRequest(server.baseUrl, { method: 'POST', path: MAINTENANCE_PATH, body: { enabled } });
}

test('the buffer tells what it holds, and when it is empty again', async () => {
  await configureQueue(server.baseUrl, 'buffered', { leaseMs: 60_000, retryLimit: 3, encrypted: false });
  await maintenance(true);
  expect(await push('buffered', 1, 2, 3)).toMatchObject([{ status: 'buffered' }, {}, {}]);
  expect(await readBuffer(server.baseUrl)).toEqual({ pending: 3, failedFiles: 0, failedBytes: 0 });
  await maintenance(false);
  await vi.waitFor(async () => expect(await readBuffer(server.baseUrl)).toMatchObject({ pending: 0 }), SOON);
});

test.each([
  ['in cleartext, and is found', false, (hits: number) => expect(hits).toBeGreaterThanOrEqual(2)],
  ['encrypted, and nothing is found', true, (hits: number) => expect(hits).toBe(0)],
] as const)('what a queue keeps is searched in rows and buffer files: %s', async (name, encrypted, expectHits) => {
  const queue = `searched ${name}`;
  await configureQueue(server.baseUrl, queue, { leaseMs: 60_000, retryLimit: 3, encrypted });
  await using search = new BufferFolderSearch(server.bufferFolder, PAYLOAD.marker);
  expect(await push(queue, 10, 11)).toMatchObject([{ status: 'queued' }, { status: 'queued' }]);
  await maintenance(true);
  expect(await push(queue, 12, 13)).toMatchObject([{ status: 'buffered' }, { status: 'buffered' }]);
  const files = await search.stop();
  await maintenance(false);
  await vi.waitFor(async () => expect(await readBuffer(server.baseUrl)).toMatchObject({ pending: 0 }), SOON);

  expect(files.scannedBytes).toBeGreaterThan(0);
  expectHits(files.hits.count);
  const rows = await searchRows(database, { schema: 'queen', queue }, PAYLOAD.marker);
  expect(rows.scannedBytes).toBeGreaterThan(4 * 100);
  expectHits(rows.hits.count);
  if (!encrypted)
    expect(rows.hits).toMatchObject({ count: 4, examples: expect.arrayContaining(['transaction id r1-10']) });
});

test("the server's log is searched to its end, and a text that two looks cut in half is found", async () => {
  const scan = new MarkerScan('"event":"listening"');
  const end = await scan.file(logFile, 0);
  expect(scan.result).toMatchObject({ scannedBytes: end, hits: { count: 1 } });
  const offset = Number(/byte (\d+)/.exec(scan.result.hits.examples[0] ?? '')?.[1]);
  const inTwo = new MarkerScan('"event":"listening"');
  // Whole in neither: the second look begins in the middle of it.
  await inTwo.file(logFile, offset + 5);
  expect(inTwo.result.hits.count).toBe(1);
  // And not found twice by one that has seen it.
  expect(await inTwo.file(logFile, end)).toBe(end);
  expect(inTwo.result.hits.count).toBe(1);
});

test('what a group gave up on is read with its group, and what is no message of the run is told apart', async () => {
  const queue = 'given up';
  await configureQueue(server.baseUrl, queue, { leaseMs: 60_000, retryLimit: 1, encrypted: false });
  await push(queue, 0, 1, 2);
  const ledger = new Ledger(RUN_ID);
  ledger.open({ producer: 0, partition: 0, messages: 3, invokedUs: 0 });
  const source = { schema: 'queen', queue };
  expect(await readDeadLetters(database, ledger, source)).toMatchObject({ total: 0, groups: [] });

  for (const consumerGroup of [undefined, undefined, 'g1', 'g1']) {
    const ofGroup = consumerGroup === undefined ? '' : `&consumerGroup=${consumerGroup}&subscriptionMode=all`;
    const path = `/api/v1/pop/queue/${encodeURIComponent(queue)}?batch=2${ofGroup}`;
    const { messages } = JSON.parse((await plainRequest(server.baseUrl, { method: 'GET', path })).body);
    const acknowledgments = messages.map(({ transactionId, partitionId }: Record<string, string>) => ({
      transactionId,
      partitionId,
      // One of the two fails in the queue mode, both in the group.
      status: consumerGroup === undefined && transactionId === 'r1-0' ? 'completed' : 'failed',
    }));
    const body = { leaseId: messages[0].leaseId, consumerGroup, acknowledgments };
    await plainRequest(server.baseUrl, { method: 'POST', path: '/api/v1/ack/batch', body });
  }
  const dead = await readDeadLetters(database, ledger, source);
  expect(dead.total).toBe(3);
  expect([...dead.countByMessage]).toEqual([1, 2, 0]);
  const entries = [...dead.message].map((message, entry) => `${message} ${dead.groups[dead.group[entry] ?? 0]}`);
  expect(entries.sort()).toEqual(['0 g1', '1 ', '1 g1']);

  const another = new Ledger('r2');
  expect(await readDeadLetters(database, another, source)).toMatchObject({
    total: 3,
    countByMessage: new Uint8Array(),
  });
});

test("the server's processes at rest hold something and take no CPU time", async () => {
  await using sampler = new ResourceSampler({ pid: () => server.pid, startedUs: monotonicUs() });
  await sampler.readIdle();
  const seen = await sampler.stop();
  if (isMissing(seen)) throw new Error(seen.missing);
  expect(seen.idle).toHaveLength(1);
  expect(seen.samples.length).toBeGreaterThanOrEqual(1);
  const [idle] = seen.idle;
  expect(idle?.processes).toBe(3);
  // Sockets to PostgreSQL alone are 19.
  expect(idle?.descriptors).toBeGreaterThan(30);
  expect(idle?.threads).toBeGreaterThan(10);
  expect(idle?.rssBytes).toBeGreaterThan(50e6);
  expect(idle?.cpuShare).toBeLessThan(0.5);
});
