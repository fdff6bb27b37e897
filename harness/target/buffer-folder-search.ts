import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CleartextSearch } from '../history/cleartext.ts';
import { MarkerScan } from './marker-scan.ts';

/** Files of the buffer vanish once they are stored. */
const LOOK_INTERVAL_MS = 250;

/** A server that buffers without end must not keep the harness reading without end. */
const MOST_BYTES = 2 ** 28;

/** Searches all files of a folder for a text, again and again, each byte once. Disposing it stops it. */
export class BufferFolderSearch implements AsyncDisposable {
  readonly #folder: string;
  readonly #scan: MarkerScan;
  readonly #searched = new Map<string, { readonly inode: number; readonly offset: number }>();
  readonly #stopping = new AbortController();
  readonly #finished: Promise<void>;

  constructor(folder: string, marker: string) {
    this.#folder = folder;
    this.#scan = new MarkerScan(marker);
    this.#finished = this.#searchUntilStopped();
  }

  /** Searches once more what is there now, and ends. Throws what the file system says. */
  async stop(): Promise<CleartextSearch> {
    this.#stopping.abort();
    await this.#finished;
    await this.#look();
    return this.#scan.result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#finished;
  }

  async #searchUntilStopped(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      // What cannot be read now is looked at again; the last look tells of it.
      await this.#look().catch(() => undefined);
      await sleep(LOOK_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const entries = await ifThere(() => readdir(this.#folder, { recursive: true, withFileTypes: true }));
    for (const entry of entries ?? []) {
      if (entry.isFile()) await ifThere(() => this.#search(join(entry.parentPath, entry.name)));
    }
  }

  async #search(file: string): Promise<void> {
    if (this.#scan.result.scannedBytes > MOST_BYTES) return;
    const { ino: inode, size } = await stat(file);
    const before = this.#searched.get(file);
    // A file of the same name may be another one, and one that was cut begins anew.
    const isSame = before?.inode === inode && before.offset <= size;
    this.#searched.set(file, { inode, offset: await this.#scan.file(file, isSame ? before.offset : 0) });
  }
}

async function ifThere<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
