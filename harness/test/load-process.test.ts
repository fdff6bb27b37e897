import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test, vi } from 'vitest';
import { runInChild } from '../load/child-task.ts';
import type { LoadOrder, LoadProgress } from '../load/load-outcome.ts';
import { runLoad } from '../load/run-load.ts';
import { armLoad, loadOrder } from './arm-load.ts';
import { answerAll, startFakeQueueServer } from './fake-queue-server.ts';

const TOLD_TO_STOP = new Error('told to stop');

function order(baseUrl: string, load: Partial<LoadOrder['load']>, runId = 'r1'): LoadOrder {
  return loadOrder({ baseUrl, runId, load: armLoad({ route: 'push-legacy', ...load }), graceMs: 1_000 });
}

test('the ledger crosses from the load process whole', async () => {
  const answered = new Map<string, string>();
  await using server = await startFakeQueueServer({
    push: (items) => {
      const body = answerAll(items);
      for (const item of body) answered.set(item.transaction_id, item.message_id);
      return { body };
    },
  });
  const progress: LoadProgress[] = [];
  const { ledger, cpuUs } = await runLoad(
    order(server.baseUrl, { messages: 20_050 }),
    (report) => progress.push(report),
    AbortSignal.timeout(20_000),
  );
  expect([ledger.runId, ledger.messages, ledger.requests, answered.size]).toEqual(['r1', 20_050, 201, 20_050]);
  for (const message of [0, 99, 100, 20_049]) {
    expect(ledger.messageIdHex(message)).toBe(answered.get(`r1-${message}`)?.replaceAll('-', ''));
  }
  expect(cpuUs).toBeGreaterThan(10_000);
});

test('abort ends the load at once and leaves no connection', async () => {
  await using server = await startFakeQueueServer({});
  const abort = new AbortController();
  const load = runLoad(order(server.baseUrl, {}), () => abort.abort(TOLD_TO_STOP), abort.signal);
  await expect(load).rejects.toBe(TOLD_TO_STOP);
  await vi.waitFor(() => expect(server.sockets()).toBe(0), { timeout: 2_000 });
  await expect(runLoad(order(server.baseUrl, {}), () => undefined, abort.signal)).rejects.toBe(TOLD_TO_STOP);
});

test('an order that cannot be carried out is an error', async () => {
  const load = runLoad(order('http://127.0.0.1:1', {}, 'has-dash'), () => undefined, AbortSignal.timeout(20_000));
  await expect(load).rejects.toThrow('a run id has letters');
});

test('a crash of the child is an error with its standard error', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'queueproof-test-'));
  try {
    const module = path.join(folder, 'crash.mjs');
    await writeFile(module, 'process.once("message", () => { throw new Error("lost my mind"); });');
    const run = runInChild(pathToFileURL(module), {}, () => undefined, AbortSignal.timeout(20_000));
    await expect(run).rejects.toThrow(/crash\.mjs ended with exit code 1[\s\S]*lost my mind/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the load process does not outlive a harness that was killed', async () => {
  await using server = await startFakeQueueServer({});
  const file = fileURLToPath(new URL('load-orphan-parent.ts', import.meta.url));
  const parent = spawn(process.execPath, [file, server.baseUrl], { stdio: 'ignore' });
  await vi.waitFor(() => expect(server.sockets()).toBe(2), { timeout: 10_000 });
  parent.kill('SIGKILL');
  await vi.waitFor(() => expect(server.sockets()).toBe(0), { timeout: 5_000 });
});
