import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { prepareBufferFolder } from '../faults/buffer-folder.ts';
import { bufferDiskFull } from '../faults/disk-faults.ts';
import { FaultImpossible } from '../faults/fault.ts';
import { networkCut } from '../faults/network-faults.ts';
import { serverKill } from '../faults/server-faults.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import { waitForProcessEnd } from '../postgres/process-state.ts';
import { FaultTrial, PLAIN_ORDER } from './fault-trial.ts';

/** Bound on waiting for something that must happen soon; only a broken product ever waits that long. */
const SOON = Object.freeze({ timeout: 20_000, interval: 20 });
const mayMount = process.platform === 'linux' && process.getuid?.() === 0;
const DATABASE = 'disk_faults_test';
const admin = inject('postgres');
const database = { ...admin, database: DATABASE };
const AWAY = { ...PLAIN_ORDER, between: 'database' } as const;

let folder: string;

beforeAll(() => withAdminSession(admin, (client) => client.query(`create database ${DATABASE}`)));

afterAll(() => withAdminSession(admin, (client) => client.query(`drop database ${DATABASE} with (force)`)));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queueproof-test-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function mounts(): Promise<string> {
  return await readFile('/proc/self/mounts', 'utf8');
}

async function freeBlocks(on: string): Promise<number> {
  return (await statfs(on)).bavail;
}

test('an ordinary folder must not be filled: others use its disk', async () => {
  await using buffer = await prepareBufferFolder({ folder: join(folder, 'buffer'), small: false });
  expect(buffer.folder).toBe(join(folder, 'buffer'));
  const attempt = bufferDiskFull({ bufferDisk: buffer });
  await expect(attempt).rejects.toThrow(FaultImpossible);
  await expect(attempt).rejects.toThrow('the run was prepared without a small disk');
});

describe.runIf(mayMount)('a small disk', () => {
  test('is filled to the last block, keeps full what is deleted, and is gone at the end', async () => {
    const buffer = await prepareBufferFolder({ folder, small: true });
    const disk = join(buffer.folder, '..');
    await writeFile(join(disk, 'kept'), Buffer.alloc(2 ** 20));
    const fault = await bufferDiskFull({ bufferDisk: buffer });
    const again = await bufferDiskFull({ bufferDisk: buffer });
    expect(fault.detail).toMatch(/^a filler of 6\d{7} bytes takes all room/);
    await expect(writeFile(join(disk, 'new'), 'x')).rejects.toThrow('ENOSPC');
    await rm(join(disk, 'kept'));
    await vi.waitFor(async () => expect(await freeBlocks(disk)).toBe(0), SOON);
    await fault.heal();
    expect(await freeBlocks(disk)).toBe(0);
    await again.heal();
    expect(await freeBlocks(disk)).toBeGreaterThan(15_000);
    await bufferDiskFull({ bufferDisk: buffer });
    await buffer[Symbol.asyncDispose]();
    expect(await mounts()).not.toContain(disk);
    await expect(access(join(disk, '..'))).rejects.toThrow('ENOENT');
  });

  test('that a killed harness left is swept by the next one', async () => {
    const file = fileURLToPath(new URL('disk-orphan-parent.ts', import.meta.url));
    const parent = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [left] = await once(createInterface({ input: parent.stdout }), 'line');
    parent.kill('SIGKILL');
    expect(await waitForProcessEnd(parent.pid ?? Number.NaN, 5_000)).toBe(true);
    expect(await mounts()).toContain(join(left, '..'));
    await using mine = await prepareBufferFolder({ folder, small: true });
    expect(await mounts()).not.toContain(join(left, '..'));
    await expect(access(join(left, '..', '..'))).rejects.toThrow('ENOENT');
    // Of one that lives nothing is taken.
    await using _other = await prepareBufferFolder({ folder, small: true });
    expect(await mounts()).toContain(join(mine.folder, '..'));
  });

  test('full while PostgreSQL is away: nothing is answered `buffered`, and what had been is stored in the end', async () => {
    await using trial = await FaultTrial.start(database, { small: true });
    const payload = 'x'.repeat(5_000);
    const outcome = await trial.loadThrough(
      () => networkCut(trial.targets, AWAY),
      async () => {
        await vi.waitFor(async () => expect((await trial.pushed(payload)).status).toBe('buffered'), SOON);
        const full = await bufferDiskFull(trial.targets);
        for (let push = 0; push < 10; push += 1) {
          const { httpStatus, status, error } = await trial.pushed(payload);
          expect([httpStatus, status]).toEqual([201, 'failed']);
          expect(error).toContain('ENOSPC');
        }
        await full.heal();
        await vi.waitFor(async () => expect((await trial.pushed(payload)).status).toBe('buffered'), SOON);
      },
      { payloadBytes: 1_000 },
    );
    await trial.proof(outcome);
  });

  test('full beyond the return of PostgreSQL: what was buffered is stored, and pushes go to PostgreSQL again', async () => {
    await using trial = await FaultTrial.start(database, { small: true });
    const away = await networkCut(trial.targets, AWAY);
    await vi.waitFor(async () => expect((await trial.pushed('first')).status).toBe('buffered'), SOON);
    const full = await bufferDiskFull(trial.targets);
    await away.heal();
    await trial.untilDirect();
    await full.heal();
    expect((await trial.pushed('last')).status).toBe('queued');
  });

  test('a buffer that has filled its own disk gives the room back when PostgreSQL returns', async () => {
    await using trial = await FaultTrial.start(database, { small: true });
    const away = await networkCut(trial.targets, AWAY);
    await vi.waitFor(async () => expect((await trial.pushed('first')).status).toBe('buffered'), SOON);
    // Down to the last bytes of the last block.
    for (const size of [2 ** 20, 50_000, 5_000, 300]) {
      while ((await trial.pushed('x'.repeat(size))).status === 'buffered');
    }
    expect((await trial.pushed('last')).status).toBe('failed');
    await away.heal();
    await trial.untilDirect();
  });

  test('full when the server is killed: what was buffered is stored when it is back', async () => {
    await using trial = await FaultTrial.start(database, { small: true });
    const away = await networkCut(trial.targets, AWAY);
    await vi.waitFor(async () => expect((await trial.pushed('first')).status).toBe('buffered'), SOON);
    const full = await bufferDiskFull(trial.targets);
    const killed = await serverKill(trial.targets);
    await full.heal();
    await killed.heal();
    await away.heal();
    await trial.untilDirect();
    const popped = await fetch(`${trial.server.baseUrl}/api/v1/pop/queue/q?batch=10&autoAck=true`);
    const { messages } = (await popped.json()) as { readonly messages: readonly { readonly data: unknown }[] };
    expect(messages.map(({ data }) => data)).toContain('first');
  });
});
