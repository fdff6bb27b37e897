import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ack, ackOf, pop } from './consumer.ts';
import { SOON, useTestDatabase } from './test-database.ts';
import { TestServer } from './test-server.ts';

const database = useTestDatabase('end');
let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start(database);
});

afterAll(async () => {
  await server.stop();
});

async function text(path: string, accept = 'text/plain'): Promise<string> {
  const reply = await fetch(server.origin + path, { headers: { accept } });
  expect([path, reply.status, reply.headers.get('content-type')]).toEqual([
    path,
    200,
    expect.stringContaining('text/plain'),
  ]);
  return await reply.text();
}

/** Values of a metric by worker; `labels` must be in the series. */
function values(prometheus: string, name: string, labels = ''): Record<string, number> {
  const found: Record<string, number> = {};
  for (const line of prometheus.split('\n')) {
    if (!line.startsWith(`${name}{`) || !line.includes(labels)) continue;
    const worker = /worker="(\d+)"/.exec(line)?.[1] ?? 'none';
    found[worker] = (found[worker] ?? 0) + Number(line.slice(line.lastIndexOf(' ')));
  }
  return found;
}

const sum = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

describe('metrics', () => {
  test('tell of the whole server, whichever worker is asked, and truly', async () => {
    await server.configure('metered', { retryLimit: 0 });
    const before = await text('/metrics/prometheus');
    const grown = (after: string, name: string, labels: string): number =>
      sum(values(after, name, labels)) - sum(values(before, name, labels));
    for (let round = 0; round < 6; round += 1) {
      await server.push('/api/v1/push', [
        { queue: 'metered', transactionId: `a${round}` },
        { queue: 'metered', transactionId: `b${round}` },
        { queue: 'metered', transactionId: `a${round}` },
        { queue: 'missing' },
      ]);
    }
    await pop(server, 'metered', { batch: 4, autoAck: true });
    const [first, second] = await pop(server, 'metered', { batch: 2 });
    expect(await ack(server, first)).toBe('completed');
    expect(await ack(server, second, 'failed')).toBe('failed_dlq');
    await server.post('/api/v1/ack/batch', { acknowledgments: [{ ...ackOf(first), transactionId: 'unknown' }] });
    for (const worker of [1, 2]) {
      await using connection = await server.connectTo(worker);
      const json = (await connection.get('/metrics')).body;
      expect(json).toMatchObject({
        workers: [1, 2],
        database: { poolSize: 5, idleConnections: 5, waitingRequests: 0 },
      });
      expect(json.messages.total).toBe(18);
      expect(json.requests.total).toBeGreaterThan(10);
      expect(json.requests.rate).toBeGreaterThan(0);
      expect(json.memory.rss).toBeGreaterThan(100 * 2 ** 20);
      expect(json.cpu.user).toBeGreaterThan(0);
      const alone = (await connection.get('/metrics?scope=worker')).body;
      expect(alone.workers).toEqual([worker]);
    }
    const after = await text('/metrics/prometheus');
    const outcomes = ['pushed', 'push_duplicate', 'push_failed', 'popped', 'acked', 'dead_lettered', 'ack_refused'];
    const counted = outcomes.map((outcome) => grown(after, 'queueproof_messages_total', `outcome="${outcome}"`));
    expect(counted).toEqual([12, 6, 6, 6, 5, 1, 1]);
    expect(grown(after, 'queueproof_http_requests_total', 'method="POST",route="/api/v1/push",status="201"')).toBe(6);
    expect(Object.keys(values(after, 'queueproof_pool_connections'))).toEqual(['1', '2']);
    expect(sum(values(after, 'queueproof_pool_connections'))).toBe(5);
    expect(sum(values(after, 'queueproof_pool_connections_in_use'))).toBe(0);
    for (const name of [
      'queueproof_pool_idle_connections',
      'queueproof_pool_waiting_requests',
      'queueproof_pool_opened_total',
      'queueproof_pool_drained_total',
      'queueproof_pool_rolled_back_total',
      'queueproof_pool_discarded_total',
      'queueproof_pool_acquire_wait_seconds',
      'queueproof_pool_acquire_wait_seconds_total',
      'queueproof_waiting_consumers',
      'queueproof_event_loop_utilization',
      'queueproof_event_loop_delay_max_seconds',
      'queueproof_event_loop_active_seconds_total',
      'queueproof_allocated_bytes_total',
      'nodejs_eventloop_lag_p99_seconds',
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
    ]) {
      expect([name, Object.keys(values(after, name))]).toEqual([name, ['1', '2']]);
    }
  });

  test("/metrics is text for who asks for text, else the contract's JSON", async () => {
    expect(
      await text('/metrics', 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5'),
    ).toContain('# TYPE queueproof_http_requests_total counter');
    for (const accept of ['*/*', 'application/json', 'text/html,*/*']) {
      const reply = await fetch(`${server.origin}/metrics`, { headers: { accept } });
      expect(reply.headers.get('content-type')).toContain('application/json');
      expect(await reply.json()).toMatchObject({ uptime: expect.any(Number) });
    }
  });

  test('paths that are none make no series', async () => {
    for (let n = 0; n < 5; n += 1) await server.get(`/nope/${n}`);
    const prometheus = await text('/metrics/prometheus');
    expect(prometheus).not.toContain('/nope');
    expect(sum(values(prometheus, 'queueproof_http_requests_total', 'route="none"'))).toBeGreaterThanOrEqual(5);
  });

  test('waiting consumers are counted', async () => {
    await server.configure('waited-for');
    const waiting = [1, 2, 3].map(() => pop(server, 'waited-for', { wait: true, timeout: 20_000 }));
    await vi.waitFor(async () => {
      expect(sum(values(await text('/metrics/prometheus'), 'queueproof_waiting_consumers'))).toBe(3);
    }, SOON);
    await server.push(
      '/api/v1/push',
      ['a', 'b', 'c'].map((partition) => ({ queue: 'waited-for', partition })),
    );
    await Promise.all(waiting);
  });

  test('a worker that has stopped answering does not hang the scrape, one that died is left out', async () => {
    await using other = await TestServer.start(database);
    const [pid] = other.process.workerPids();
    if (pid === undefined) throw new Error('There is no worker.');
    await using connection = await other.connectTo(2);
    process.kill(pid, 'SIGSTOP');
    const startedAt = performance.now();
    expect((await connection.get('/metrics')).body.workers).toEqual([2]);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(other.process.logged('worker-died')).toHaveLength(1), SOON);
    expect((await connection.get('/metrics')).body.workers).toEqual([2]);
    await vi.waitFor(async () => expect((await connection.get('/metrics')).body.workers).toEqual([1, 2]), SOON);
  });
});

describe('series', () => {
  test('show what was pushed at once, and what was processed within seconds', async () => {
    const ingested = async (): Promise<{ ingested: number; processed: number }> => {
      const { throughput } = (await server.get('/api/v1/status')).body;
      const total = (member: 'ingested' | 'processed'): number =>
        throughput.reduce((all: number, slot: Record<string, number>) => all + (slot[member] ?? 0), 0);
      return { ingested: total('ingested'), processed: total('processed') };
    };
    await server.configure('series');
    // Whatever earlier tests did is written down.
    await vi.waitFor(async () => {
      const { rows } = await database.admin.query('select sum(popped) as popped from queen.activity');
      expect(Number(rows[0].popped)).toBe(
        sum(values(await text('/metrics/prometheus'), 'queueproof_messages_total', 'outcome="popped"')),
      );
    }, SOON);
    const before = await ingested();
    await server.push(
      '/api/v1/push',
      Array.from({ length: 7 }, () => ({ queue: 'series' })),
    );
    expect((await ingested()).ingested - before.ingested).toBe(7);
    await pop(server, 'series', { batch: 5, autoAck: true });
    await vi.waitFor(async () => expect((await ingested()).processed - before.processed).toBe(5), SOON);
    const analytics = (await server.get('/api/v1/status/analytics?interval=day')).body;
    expect(analytics.errorRates.overall.processed).toBeGreaterThanOrEqual(5);
    expect(await server.get('/api/v1/status/analytics?interval=second')).toMatchObject({ status: 400 });
    expect(await server.get('/api/v1/status?from=2000-01-01T00:00:00Z')).toMatchObject({ status: 400 });
  });

  test('what a stopping server did last is not forgotten', async () => {
    const other = await TestServer.start(database);
    await other.configure('last');
    await other.push('/api/v1/push', [{ queue: 'last' }]);
    const popped = async (): Promise<number> =>
      Number((await database.admin.query('select sum(popped) as popped from queen.activity')).rows[0].popped);
    const before = await popped();
    expect(await pop(other, 'last', { autoAck: true })).toHaveLength(1);
    await other.stop();
    expect(await popped()).toBe(before + 1);
  });
});

test('a server that has been busy is idle afterwards', async () => {
  await server.configure('idle');
  const loads = Array.from({ length: 8 }, async (_, n) => {
    for (let round = 0; round < 40; round += 1) {
      await server.push(
        '/api/v1/push',
        Array.from({ length: 50 }, () => ({ queue: 'idle', partition: `p${n}` })),
      );
      await pop(server, 'idle', { batch: 50, autoAck: true });
    }
  });
  await Promise.all(loads);
  const cpuUs = async (): Promise<number> => {
    const { user, system } = (await server.get('/metrics')).body.cpu;
    return user + system;
  };
  // Garbage collection and recording of the load's counts come to an end.
  await vi.waitFor(
    async () => {
      const before = await cpuUs();
      await delay(1_000);
      // Two workers, one second; a busy loop takes a million microseconds.
      expect((await cpuUs()) - before).toBeLessThan(300_000);
    },
    { timeout: 20_000, interval: 10 },
  );
});
