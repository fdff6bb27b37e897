import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FailedRecords } from '../buffer/failed-records.ts';
import { FileBuffer } from '../buffer/file-buffer.ts';
import { encodeMessage } from '../buffer/record.ts';
import { decodeConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { sampleMessages } from './sample-messages.ts';

const PAYLOAD_BYTES = 100;
const READ_RECORDS = 1_000;
const READ_BYTES = 2 ** 20;

/** A folder for a file buffer, in the place for temporary files. Disposing it removes it. */
export class BenchFolder implements AsyncDisposable {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  static async create(): Promise<BenchFolder> {
    return new BenchFolder(await mkdtemp(join(tmpdir(), 'queueproof-bench-')));
  }

  /** Opens the buffer in it, with the limits that the server has unless it is told otherwise. */
  async openBuffer(): Promise<FileBuffer> {
    const { maxBytes, segmentBytes } = decodeConfig({}).fileBuffer;
    return await FileBuffer.open({
      directory: this.#path,
      segmentBytes,
      maxBytes,
      failed: await FailedRecords.open(this.#path),
      log: createLog('silent', 0),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#path, { recursive: true });
  }
}

/** Messages of 100 bytes as the buffer keeps them. */
export function sampleRecords(count: number): readonly string[] {
  return sampleMessages(count, PAYLOAD_BYTES).map((message) =>
    encodeMessage({ queue: 'bench', partition: 'Default', message, encrypted: false }),
  );
}

/** Everything that was not read before, in order. */
export async function readAll(buffer: FileBuffer): Promise<readonly string[]> {
  const texts: string[] = [];
  for (;;) {
    const records = await buffer.read(READ_RECORDS, READ_BYTES);
    if (records.length === 0) return texts;
    for (const { text } of records) texts.push(text);
  }
}
