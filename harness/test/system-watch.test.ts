import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import type { SystemMetric, SystemSamples } from '../measure/system-samples.ts';
import { SystemWatch } from '../run/system-watch.ts';
import { ProcessSampler } from '../target/process-sampler.ts';
import { serve } from './fake-queue.ts';

const SOON = { timeout: 20_000 };
const NOBODY = { server: undefined, postgresPid: () => undefined };
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** What the server says of so many workers. */
function metricsOf(workers: number): string {
  const numbers = Array.from({ length: workers }, (_, index) => index + 1);
  return numbers
    .flatMap((worker) => [
      `queueproof_event_loop_utilization{worker="${worker}"} 0.${worker}`,
      `queueproof_event_loop_delay_max_seconds{worker="${worker}"} 0.00${worker}`,
      `queueproof_pool_connections{worker="${worker}"} ${worker * 10}`,
      `queueproof_pool_waiting_requests{worker="${worker}"} 1`,
      `nodejs_eventloop_lag_p99_seconds{worker="${worker}"} NaN`,
    ])
    .join('\n');
}

type Answer = (response: ServerResponse) => void;

const text =
  (body: string, status = 200): Answer =>
  (response) =>
    response.writeHead(status).end(body);
const cut: Answer = (response) => response.socket?.destroy();

/** A server that gives these answers, one after the other, and the last one for ever; and how often it was asked. */
async function startServer(...answers: readonly Answer[]) {
  let asked = 0;
  const server = await serve((_request, _body, response) => {
    (answers[asked] ?? answers.at(-1))?.(response);
    asked += 1;
  });
  return { ...server, asked: () => asked };
}

function valuesOf(samples: readonly SystemSamples[], metric: SystemMetric, of: string) {
  const series = samples.flatMap((source) => source.series);
  return series.find((column) => column.metric === metric && column.of === of)?.values;
}

test('workers are told apart, the pool is added up; a worker or a server without an answer leaves a gap', async () => {
  await using server = await startServer(
    text(metricsOf(2)),
    text(metricsOf(1)),
    cut,
    text('', 503),
    text(metricsOf(2)),
  );
  await using watch = new SystemWatch(server.baseUrl, NOBODY);
  await vi.waitFor(() => expect(server.asked()).toBeGreaterThan(5), SOON);
  const { samples, absent } = await watch.stop();
  const first = (metric: SystemMetric, of: string) => valuesOf(samples, metric, of)?.slice(0, 5);
  expect(first('eventLoopUtilization', 'worker 1')).toEqual([0.1, 0.1, null, null, 0.1]);
  expect(first('eventLoopDelayMs', 'worker 2')).toEqual([2, null, null, null, 2]);
  expect(first('poolSize', 'server')).toEqual([30, null, null, null, 30]);
  expect(first('poolWaiting', 'server')).toEqual([2, null, null, null, 2]);
  expect(valuesOf(samples, 'poolIdle', 'server')).toBeUndefined();
  expect(valuesOf(samples, 'rssBytes', 'harness')?.[0]).toBeGreaterThan(2 ** 20);
  expect(absent).toEqual([
    'processes of the server: the server was not started here',
    'processes of PostgreSQL: they are not on this machine or not ours',
  ]);
});

test.each([
  ['has no such route', text('{"error":"No route"}', 404), 'was answered with HTTP 404'],
  ['has other metrics', text('up 1\n'), 'tells nothing of event loops and of a pool'],
  ['does not answer whole', cut, 'other side closed'],
  ['has too many', text(metricsOf(400)), 'tells 1600 values: no server is that large'],
])('of a server that %s that is said, and nothing is made up', async (_, answer, reason) => {
  await using server = await startServer(answer);
  await using watch = new SystemWatch(server.baseUrl, NOBODY);
  await vi.waitFor(() => expect(server.asked()).toBeGreaterThan(1), SOON);
  const { samples, absent } = await watch.stop();
  expect(samples.find(({ source }) => source === 'server')?.series).toEqual([]);
  expect(absent.join()).toMatch(new RegExp(`the server's metrics: .*${reason}`));
});

test('nobody waits for a server that does not answer', async () => {
  await using server = await startServer(() => undefined);
  await using watch = new SystemWatch(server.baseUrl, NOBODY);
  await vi.waitFor(() => expect(server.asked()).toBe(1), SOON);
  const startedMs = performance.now();
  await watch.stop();
  expect(performance.now() - startedMs).toBeLessThan(1_000);
});

/** A process that is idle or spins, once it runs. */
async function start(program: string): Promise<number> {
  const child = spawn(process.execPath, ['-e', `process.stdout.write('x');${program}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child.pid ?? Number.NaN;
}

test.runIf(process.platform === 'linux')(
  'CPU and memory are those of each process, and what has ended is left out',
  async () => {
    const [idle, spinning] = [await start('setInterval(() => undefined, 1000)'), await start('for (;;);')];
    const workers = [
      { number: 1, pid: spinning },
      { number: 2, pid: 2 ** 22 + 1 },
    ];
    const sampler = new ProcessSampler({
      server: { pid: idle, workers: () => workers },
      postgresPid: () => process.ppid,
    });
    const look = () => {
      const readings = sampler.look(performance.now() * 1000);
      return Object.fromEntries(readings.map(({ metric, of, value }) => [`${of} ${metric}`, value]));
    };
    expect(Object.keys(look())).toEqual(['primary rssBytes', 'worker 1 rssBytes', 'PostgreSQL rssBytes']);
    await sleep(500);
    const seen = look();
    expect(Object.keys(seen)).not.toContain('worker 2 cpuCores');
    expect(seen['worker 1 cpuCores']).toBeGreaterThan(0.1);
    expect(seen['worker 1 cpuCores']).toBeLessThan(1.1);
    expect(seen['primary cpuCores']).toBeLessThan(0.1);
    // Of its descendants too: the spinning process is one.
    expect(seen['PostgreSQL cpuCores']).toBeGreaterThanOrEqual(seen['worker 1 cpuCores'] ?? 9);
    expect(seen['primary rssBytes']).toBeGreaterThan(20 * 2 ** 20);
  },
);
