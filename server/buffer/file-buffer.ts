import { encodeRecord } from './segment.ts';
import { type LoggedRecord, SegmentLog } from './segment-log.ts';
import type { LogPosition, SegmentLogOptions } from './segment-recovery.ts';

export interface FileBufferOptions extends SegmentLogOptions {
  /** All segments together. */
  readonly maxBytes: number;
}

/** The messages would not fit; nothing of them was kept. */
class BufferFullError extends Error {
  override readonly name = 'BufferFullError';
}

interface Waiting {
  readonly bytes: Buffer;
  readonly records: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Appends of this many bytes share one write at most: bounds how long the first of them waits for the others. */
const MAX_GROUP_BYTES = 8 * 2 ** 20;

/**
 * The messages PostgreSQL does not have yet, on the disk, in order of arrival. Appends that arrive while a write is under
 * way share the next one, and with it its fdatasync; only then are they answered.
 */
export class FileBuffer implements AsyncDisposable {
  readonly #options: FileBufferOptions;
  readonly #segments: SegmentLog;
  readonly #waiting: Waiting[] = [];
  /** Writes and deletions, one at a time. */
  #work: Promise<void> = Promise.resolve();
  #writing = false;
  #pending: number;
  #healthy = true;

  private constructor(options: FileBufferOptions, segments: SegmentLog) {
    this.#options = options;
    this.#segments = segments;
    this.#pending = segments.recovered;
  }

  static async open(options: FileBufferOptions): Promise<FileBuffer> {
    return new FileBuffer(options, await SegmentLog.open(options));
  }

  /** Records on the disk that are not settled. */
  get pending(): number {
    return this.#pending;
  }

  /** Nothing is kept and nothing is on its way in. */
  get isEmpty(): boolean {
    return this.#pending === 0 && !this.#writing && this.#waiting.length === 0;
  }

  /** False from a write that failed until one succeeds. */
  get healthy(): boolean {
    return this.#healthy;
  }

  /**
   * Keeps records, all or none, and resolves when they are on the disk. Order is order of the calls.
   *
   * @throws BufferFullError, or what the file system said; nothing was kept then.
   */
  append(records: readonly string[]): Promise<void> {
    if (records.length === 0) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const bytes = Buffer.concat(records.map(encodeRecord));
    this.#waiting.push({ bytes, records: records.length, resolve, reject });
    if (!this.#writing) {
      this.#writing = true;
      void this.#exclusively(() => this.#writeWaiting());
    }
    return promise;
  }

  /** The next records to drain, after those read before. */
  async read(maxRecords: number, maxBytes: number): Promise<readonly LoggedRecord[]> {
    return await this.#segments.read(maxRecords, maxBytes);
  }

  /** Takes so many records off the count. Everything before `firstOpen` (all that was read, without it) is done for good. */
  async settle(records: number, firstOpen: LogPosition | undefined): Promise<void> {
    const position = firstOpen ?? this.#segments.readFrom;
    await this.#exclusively(() => this.#segments.settle(position));
    this.#pending -= records;
  }

  /** Finishes the writes under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#exclusively(() => this.#segments.close());
  }

  #exclusively(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    // Its failure is the caller's affair; the next one goes on.
    this.#work = done.catch(() => undefined);
    return done;
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      if (group.length > 0) await this.#write(group);
    }
    this.#writing = false;
  }

  #takeGroup(): readonly Waiting[] {
    const group: Waiting[] = [];
    let bytes = 0;
    const room = this.#options.maxBytes - this.#segments.totalBytes;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (group.length > 0 && bytes + next.bytes.length > MAX_GROUP_BYTES) break;
      this.#waiting.shift();
      if (bytes + next.bytes.length > room) {
        next.reject(
          new BufferFullError(`The file buffer is full (FILE_BUFFER_MAX_MB: ${this.#options.maxBytes} bytes)`),
        );
        continue;
      }
      group.push(next);
      bytes += next.bytes.length;
    }
    return group;
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    try {
      await this.#segments.append(Buffer.concat(group.map(({ bytes }) => bytes)));
      this.#healthy = true;
      for (const { records, resolve } of group) {
        this.#pending += records;
        resolve();
      }
    } catch (error) {
      this.#healthy = false;
      this.#options.log.error({ event: 'buffer-write-failed', err: error }, 'could not write to the file buffer');
      for (const { reject } of group) reject(error);
    }
  }
}
