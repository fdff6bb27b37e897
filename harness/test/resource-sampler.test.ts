import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checkLeaks } from '../checkers/leaks.ts';
import { isMissing } from '../history/evidence.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import { ResourceSampler } from '../target/resource-sampler.ts';
import { connections, evidence, sample } from './checkers-evidence.ts';

const LEAKY = fileURLToPath(new URL('leaky-process.ts', import.meta.url));

test('files that stay open and a process that spins are found by the check', async () => {
  const child = spawn(process.execPath, [LEAKY], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    const startedUs = monotonicUs();
    await using sampler = new ResourceSampler({ pid: () => child.pid ?? 0, startedUs });
    await sampler.readIdle();
    child.kill('SIGUSR2');
    await once(child.stdout, 'data');
    await sampler.readIdle();
    const resources = await sampler.stop();
    if (isMissing(resources)) throw new Error(resources.missing);
    const [before, after] = resources.idle;
    expect(after?.descriptors).toBeGreaterThanOrEqual((before?.descriptors ?? 0) + 100);
    const endMs = after?.atMs ?? 0;
    const samples = [0, endMs - 500].map((atMs) => sample(atMs, { idleInTransaction: 0 }));
    expect(checkLeaks(evidence({ resources, connections: connections({ samples }) }))).toMatchObject({
      verdict: 'invalid',
      summary: expect.stringMatching(/^1\d\d more descriptors than before the load; it takes \d\.\d\d cores/),
    });
  } finally {
    child.kill('SIGKILL');
  }
});

test('processes that are gone leave readings out instead of calling it a failure', async () => {
  await using sampler = new ResourceSampler({ pid: () => 2 ** 22 + 1, startedUs: monotonicUs() });
  expect(await sampler.stop()).toEqual({ samples: [], idle: [] });
});
