import { execFile } from 'node:child_process';
import { type FileHandle, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { BufferDisk } from './fault.ts';
import { createDiskHome, mountPointOf, removeDiskHome } from './small-disk-home.ts';

const run = promisify(execFile);

/** Ten seconds of a heavy load that is buffered, and yet filled in 50 ms. */
const DISK_BYTES = 64 * 2 ** 20;
const PIECE_BYTES = 2 ** 20;
const BLOCK_BYTES = 4_096;
/** How often room that has become free is taken too: a server that drains its buffer deletes files. */
const REFILL_INTERVAL_MS = 20;

/** A tmpfs that can be filled to the last block. Disposing it unmounts and removes it. */
export class SmallDisk implements BufferDisk, AsyncDisposable {
  /** For the server; the filler lies beside it. */
  readonly folder: string;
  readonly #home: string;
  readonly #fillerFile: string;
  /** Faults that want it full now. */
  #wantedFull = 0;
  #filling: { readonly stop: AbortController; readonly ended: Promise<void>; readonly filler: FileHandle } | undefined;

  private constructor(home: string) {
    this.#home = home;
    this.folder = path.join(mountPointOf(home), 'buffer');
    this.#fillerFile = path.join(mountPointOf(home), 'filler');
  }

  /** Throws what `mount` says when it is not allowed or not to be had; nothing is left then. */
  static async mount(): Promise<SmallDisk> {
    const home = await createDiskHome();
    try {
      const options = `size=${DISK_BYTES},mode=0700,nodev,nosuid,noexec`;
      await run('mount', ['-t', 'tmpfs', '-o', options, 'queueproof-buffer', mountPointOf(home)]);
    } catch (error) {
      await removeDiskHome(home).catch(() => undefined);
      throw error;
    }
    return new SmallDisk(home);
  }

  async fill(): Promise<number> {
    this.#wantedFull += 1;
    if (this.#filling === undefined) {
      const filler = await open(this.#fillerFile, 'w');
      await takeAllRoom(filler);
      const stop = new AbortController();
      const ended = keepFull(filler, stop.signal);
      // What goes wrong meanwhile is told when the room is given back.
      ended.catch(() => undefined);
      this.#filling = { filler, stop, ended };
    }
    return (await this.#filling.filler.stat()).size;
  }

  async free(): Promise<void> {
    this.#wantedFull -= 1;
    if (this.#wantedFull > 0 || this.#filling === undefined) return;
    const { filler, stop, ended } = this.#filling;
    this.#filling = undefined;
    stop.abort();
    await ended;
    await filler.close();
    await rm(this.#fillerFile);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wantedFull = 0;
    await this.free();
    await removeDiskHome(this.#home);
  }
}

async function keepFull(filler: FileHandle, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(REFILL_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await takeAllRoom(filler);
  }
}

/** Writes until not even one block finds room. */
async function takeAllRoom(filler: FileHandle): Promise<void> {
  for (const bytes of [Buffer.alloc(PIECE_BYTES), Buffer.alloc(BLOCK_BYTES)]) {
    while (await isWritten(filler, bytes));
  }
}

async function isWritten(filler: FileHandle, bytes: Buffer): Promise<boolean> {
  try {
    await filler.write(bytes);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}
