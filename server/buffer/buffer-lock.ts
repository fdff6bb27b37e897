import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Another server uses the directory; the message names both. */
export class BufferLockedError extends Error {
  override readonly name = 'BufferLockedError';
}

/** Who holds the lock. A process id alone may have been given to somebody else since; its start time was not. */
interface Holder {
  readonly pid: number;
  /** Clock ticks since boot, from /proc; undefined where there is none. */
  readonly startedAt: string | undefined;
}

/** Keeps a second server off the buffer directory. A lock whose holder is dead, killed for instance, is taken over. */
export class BufferLock implements AsyncDisposable {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** @throws BufferLockedError */
  static async take(directory: string): Promise<BufferLock> {
    const path = join(directory, 'lock');
    const own = JSON.stringify({ pid: process.pid, startedAt: await startTime(process.pid) } satisfies Holder);
    const draft = `${path}.${process.pid}`;
    await writeFile(draft, own, { mode: 0o600 });
    try {
      while (!(await linked(draft, path))) await removeIfStale(path, directory);
    } finally {
      await unlink(draft);
    }
    return new BufferLock(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await unlink(this.#path);
  }
}

/** Unlike writing, linking never shows others a lock that is half written. */
async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function removeIfStale(path: string, directory: string): Promise<void> {
  const found = await readIfThere(path);
  if (found === undefined) return;
  await refuseIfAlive(found, directory);
  // Of two servers that find the same dead lock one gets to move it; the other may move the first one's new lock.
  const moved = `${path}.stale.${process.pid}`;
  try {
    await rename(path, moved);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  const taken = await readFile(moved, 'utf8');
  if (taken !== found) await linked(moved, path);
  await unlink(moved);
  if (taken !== found) await refuseIfAlive(taken, directory);
}

async function refuseIfAlive(text: string, directory: string): Promise<void> {
  const { pid, startedAt } = decodeHolder(text);
  if (!isAlive(pid) || (await startTime(pid)) !== startedAt) return;
  throw new BufferLockedError(
    `FILE_BUFFER_DIR ${directory} is in use by another server (process ${pid}); every server needs one of its own.`,
  );
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function decodeHolder(text: string): Holder {
  try {
    const { pid, startedAt } = JSON.parse(text);
    if (Number.isSafeInteger(pid)) return { pid, startedAt };
  } catch {
    // A lock without a holder in it holds nothing off.
  }
  return { pid: 0, startedAt: undefined };
}

function isAlive(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and is somebody else's.
    return hasCode(error, 'EPERM');
  }
}

async function startTime(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything; the start time is the 20th field behind it (proc(5): field 22).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; only its parent has not asked yet.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    // No /proc, or no such process: the id has to do.
    return undefined;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
