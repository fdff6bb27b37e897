import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { InspectorProfiler } from '../profile/inspector-profiler.ts';
import type { InspectorKind } from '../profile/profile-kind.ts';
import type { ProfileRecord } from '../report/profile-record.ts';

const HOT_PROCESS = fileURLToPath(new URL('./hot-process.ts', import.meta.url));

/** Each takes some milliseconds, so there are hundreds of samples. */
const TURNS = 30;

/** Profiles the program with the known hot functions, and hands over what is left in the folder. */
async function profileHotProcess(
  kind: InspectorKind,
  judge: (record: ProfileRecord, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'queueproof-test-'));
  try {
    await using profiler = await InspectorProfiler.open(kind);
    const { environment } = profiler.launch;
    const child = spawn(process.execPath, [HOT_PROCESS], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const lines = createInterface({ input: child.stdout });
      await once(lines, 'line');
      profiler.begin();
      for (let turn = 0; turn < TURNS; turn += 1) await once(lines, 'line');
      await profiler.end();
    } finally {
      child.kill('SIGKILL');
    }
    await judge(await profiler.write(folder), folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('the profile of a running process', () => {
  it('has the hot functions of the main thread and of others on top, with the file and line they stand in', async () => {
    await profileHotProcess('cpu', async ({ costs, files, subject, failure }, folder) => {
      expect(failure).toBeNull();
      const [first, second] = costs?.functions ?? [];
      expect([first?.name, second?.name].toSorted()).toEqual(['burnTime', 'burnTimeInThread']);
      const source = (await readFile(HOT_PROCESS, 'utf8')).split('\n');
      const line = source.findIndex((text) => text.startsWith('function burnTime(')) + 1;
      expect([first?.place, second?.place]).toContain(`harness/test/hot-process.ts:${line}`);
      expect(costs?.outside.map(({ name }) => name)).toContain('(idle)');
      expect(subject).toContain('1 threads');
      expect(files[0]).toBe('profile/profile.md');
      expect(await readFile(join(folder, 'profile/profile.md'), 'utf8')).toContain('`burnTimeInThread`');
      const opened = JSON.parse(await readFile(join(folder, files[1] ?? ''), 'utf8'));
      expect(opened).toHaveProperty('nodes');
    });
  });

  it('has the function that allocates most on top, though what it made was thrown away', async () => {
    await profileHotProcess('heap', async ({ costs, files }) => {
      const names = costs?.functions.slice(0, 3).map(({ name }) => name);
      expect(names).toContain('takeMemory');
      expect(costs?.unit).toBe('bytes');
      // Of one turn it is half a megabyte, and of it all but one array is gone at the end.
      expect(costs?.total).toBeGreaterThan(3_000_000);
      expect(files.some((file) => file.endsWith('.heapprofile'))).toBe(true);
    });
  });

  it('listens to nobody who does not know the token', async () => {
    await using profiler = await InspectorProfiler.open('cpu');
    const port = /port=(\d+)/.exec(profiler.launch.environment.NODE_OPTIONS ?? '')?.[1];
    const stranger = connect(Number(port), '127.0.0.1');
    stranger.write(`${JSON.stringify({ token: 'guessed', pid: 1, threadId: 0, worker: 1 })}\n`);
    await once(stranger.resume(), 'close');
    profiler.begin();
    await profiler.end();
  });

  it('says so when no process told anything', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'queueproof-test-'));
    await using profiler = await InspectorProfiler.open('cpu');
    profiler.begin();
    await profiler.end();
    const record = await profiler.write(folder);
    expect(record.costs).toBeUndefined();
    expect(record.failure).toBe('no process of the server told what it did');
    await rm(folder, { recursive: true, force: true });
  });
});
