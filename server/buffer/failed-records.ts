import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from './durable-file.ts';

/** What is set aside, as `/api/v1/system/maintenance` tells it. */
export interface FailedStatistics {
  /** Records that could not be stored, and damaged stretches. */
  readonly count: number;
  readonly files: number;
  readonly totalBytes: number;
}

/** A buffered record PostgreSQL will never take, and why. */
export interface FailedRecord {
  readonly id: string;
  /** The record as it was buffered, JSON text. */
  readonly text: string;
  readonly reason: string;
}

const RECORDS_FILE = 'failed.jsonl';

/**
 * The folder `failed/` of the buffer: one JSON line a record that was answered `buffered` and cannot be stored, and files
 * with damaged bytes. Nothing here is ever deleted by the server; whoever has dealt with it deletes it.
 */
export class FailedRecords {
  readonly #directory: string;
  /** Found when the folder was opened, or added since. */
  readonly #ids = new Set<string>();
  /** A write was cut short: the next one must not continue its line. */
  #lineOpen = false;
  #counted = { totalBytes: 0, count: 0 };

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async open(bufferDirectory: string): Promise<FailedRecords> {
    const failed = new FailedRecords(join(bufferDirectory, 'failed'));
    await mkdir(failed.#directory, { recursive: true, mode: 0o700 });
    const text = await failed.#read();
    failed.#lineOpen = text !== '' && !text.endsWith('\n');
    for (const line of linesOf(text)) {
      const id = idOf(line);
      if (id !== undefined) failed.#ids.add(id);
    }
    return failed;
  }

  /** Adds records, on the disk when it returns. One that is there already (a replay after a crash) is not added again. */
  async add(records: readonly FailedRecord[]): Promise<void> {
    const news = records.filter(({ id }) => !this.#ids.has(id));
    if (news.length === 0) return;
    const lines = news.map(
      ({ id, text, reason }) => `${JSON.stringify({ id, failedAt: new Date().toISOString(), reason, record: text })}\n`,
    );
    if (this.#lineOpen) lines.unshift('\n');
    this.#lineOpen = true;
    await using handle = await open(join(this.#directory, RECORDS_FILE), 'a', 0o600);
    await handle.appendFile(lines.join(''));
    await handle.datasync();
    await syncDirectory(this.#directory);
    this.#lineOpen = false;
    for (const { id } of news) this.#ids.add(id);
  }

  /** Keeps bytes that are no records under this name. */
  async setAside(name: string, bytes: Buffer): Promise<void> {
    await using handle = await open(join(this.#directory, name), 'w', 0o600);
    await handle.writeFile(bytes);
    await handle.datasync();
    await syncDirectory(this.#directory);
  }

  /** What lies there now, files that somebody removed not counted. */
  async statistics(): Promise<FailedStatistics> {
    const names = await readdir(this.#directory);
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(this.#directory, name))).size));
    const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
    if (totalBytes !== this.#counted.totalBytes) {
      const damaged = names.filter((name) => name !== RECORDS_FILE).length;
      this.#counted = { totalBytes, count: damaged + linesOf(await this.#read()).length };
    }
    return { ...this.#counted, files: names.length };
  }

  async #read(): Promise<string> {
    try {
      return await readFile(join(this.#directory, RECORDS_FILE), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
      throw error;
    }
  }
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Undefined for a line that a crash cut short. */
function idOf(line: string): string | undefined {
  try {
    return JSON.parse(line).id;
  } catch {
    return undefined;
  }
}
