import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { readRange, replaceFile, syncDirectory, writeAll } from './durable-file.ts';
import { RECORD_HEADER_BYTES, recordAt, scanSegment } from './segment.ts';
import {
  type LogPosition,
  POSITION_FILE,
  type Recovery,
  recoverSegments,
  type Segment,
  type SegmentLogOptions,
  segmentName,
  setAsideDamage,
} from './segment-recovery.ts';

export interface LoggedRecord {
  readonly text: string;
  readonly start: LogPosition;
}

const READ_BYTES = 2 ** 20;

/**
 * Append-only segment files in one directory, and the position up to which they have been drained. An append is on the disk
 * when it returns. Callers append and settle one at a time; reading may go on beside it.
 */
export class SegmentLog {
  readonly #options: SegmentLogOptions;
  /** Oldest first. */
  readonly #segments: Segment[] = [];
  #current: { readonly segment: Segment; readonly handle: FileHandle } | undefined;
  #nextNumber = 1;
  #readFrom: LogPosition = { segment: 0, offset: 0 };
  #recovered = 0;

  private constructor(options: SegmentLogOptions) {
    this.#options = options;
  }

  /** Opens the directory (made if need be), cuts a torn tail and sets aside what is damaged in the middle. */
  static async open(options: SegmentLogOptions): Promise<SegmentLog> {
    const log = new SegmentLog(options);
    log.#adopt(await recoverSegments(options));
    return log;
  }

  /** Records found when the log was opened that had not been drained. */
  get recovered(): number {
    return this.#recovered;
  }

  get totalBytes(): number {
    return this.#segments.reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Adds encoded records and waits until they are on the disk.
   *
   * @throws what the file system said; nothing was added then. A segment whose write or sync failed is never written to
   * again: after a failed fsync the kernel may have dropped the pages and call the next one a success.
   */
  async append(bytes: Buffer): Promise<void> {
    const { segment, handle } = await this.#writable();
    try {
      await writeAll(handle, bytes, segment.size);
      await handle.datasync();
      segment.size += bytes.length;
    } catch (error) {
      await this.#abandonCurrent();
      throw error;
    }
  }

  /** The next records after those read before, in order of arrival; none when everything has been read. */
  async read(maxRecords: number, maxBytes: number): Promise<readonly LoggedRecord[]> {
    const records: LoggedRecord[] = [];
    let bytes = 0;
    for (const segment of [...this.#segments]) {
      if (segment.number < this.#readFrom.segment) continue;
      if (segment.number > this.#readFrom.segment) this.#readFrom = { segment: segment.number, offset: 0 };
      while (this.#readFrom.offset < segment.size) {
        if (records.length >= maxRecords || bytes >= maxBytes) return records;
        for (const record of await this.#readSome(segment, maxRecords - records.length)) {
          records.push(record);
          bytes += record.text.length;
        }
      }
    }
    return records;
  }

  /** Where reading goes on. */
  get readFrom(): LogPosition {
    return this.#readFrom;
  }

  /** Everything before this position is done: remembers it and deletes the segments that lie before it. */
  async settle(position: LogPosition): Promise<void> {
    const isRemembered = await this.#remember(position);
    for (let oldest = this.#segments[0]; oldest !== undefined && isDone(oldest, position); oldest = this.#segments[0]) {
      if (oldest === this.#current?.segment) {
        await this.#current.handle.close();
        this.#current = undefined;
      }
      this.#segments.shift();
      await unlink(oldest.path);
    }
    // What was deleted may have made the room.
    if (!isRemembered) await this.#remember(position);
  }

  async close(): Promise<void> {
    await this.#current?.handle.close();
    this.#current = undefined;
  }

  /**
   * Spares a restart to replay what is stored: a message that was consumed and removed since would come back. False on a
   * full disk; it must not keep what is done from being deleted, or a buffer that has filled its disk stays full for ever.
   */
  async #remember(position: LogPosition): Promise<boolean> {
    try {
      await replaceFile(join(this.#options.directory, POSITION_FILE), JSON.stringify(position));
      return true;
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      this.#options.log.warn({ err: error }, 'no room to remember what is drained: a restart would replay it');
      return false;
    }
  }

  #adopt({ segments, recovered, readFrom, lastNumber }: Recovery): void {
    this.#segments.push(...segments);
    this.#recovered = recovered;
    this.#readFrom = readFrom;
    this.#nextNumber = lastNumber + 1;
  }

  async #readSome(segment: Segment, maxRecords: number): Promise<readonly LoggedRecord[]> {
    const hole = segment.damaged.find(
      ({ start, end }) => start <= this.#readFrom.offset && this.#readFrom.offset < end,
    );
    if (hole !== undefined) {
      this.#readFrom = { segment: segment.number, offset: hole.end };
      return [];
    }
    const { offset } = this.#readFrom;
    let bytes = await readRange(segment.path, offset, Math.min(segment.size, offset + READ_BYTES));
    const needed = RECORD_HEADER_BYTES + (bytes.length < RECORD_HEADER_BYTES ? 0 : bytes.readUInt32BE(0));
    if (needed > bytes.length && offset + needed <= segment.size) {
      bytes = await readRange(segment.path, offset, offset + needed);
    }
    const records: LoggedRecord[] = [];
    let read = 0;
    while (records.length < maxRecords) {
      const record = recordAt(bytes, read);
      if (record === undefined) break;
      records.push({ text: record.text, start: { segment: segment.number, offset: offset + read } });
      read = record.end;
    }
    if (records.length === 0) await this.#findDamage(segment, offset);
    this.#readFrom = { segment: segment.number, offset: offset + read };
    return records;
  }

  /** What was sound when it was written is not any more; the rest of the segment is looked through. */
  async #findDamage(segment: Segment, from: number): Promise<void> {
    const bytes = await readRange(segment.path, from, segment.size);
    for (const { start, end } of scanSegment(bytes).damaged) {
      const range = { start: from + start, end: from + end };
      await setAsideDamage(segment, range, bytes.subarray(start, end), this.#options);
    }
  }

  async #writable(): Promise<{ readonly segment: Segment; readonly handle: FileHandle }> {
    const { directory, segmentBytes } = this.#options;
    if (this.#current !== undefined && this.#current.segment.size < segmentBytes) return this.#current;
    await this.close();
    const number = this.#nextNumber;
    const path = join(directory, segmentName(number));
    const handle = await open(path, 'wx', 0o600);
    this.#nextNumber += 1;
    const segment: Segment = { number, path, size: 0, damaged: [] };
    this.#current = { segment, handle };
    this.#segments.push(segment);
    try {
      await syncDirectory(directory);
    } catch (error) {
      await this.#abandonCurrent();
      throw error;
    }
    return this.#current;
  }

  /** Cuts what was not synced, so that nobody finds it after a restart, and never writes to this segment again. */
  async #abandonCurrent(): Promise<void> {
    if (this.#current === undefined) return;
    const { segment, handle } = this.#current;
    this.#current = undefined;
    try {
      await handle.truncate(segment.size);
    } catch (error) {
      // Nothing beyond `size` is read by this process; after a restart it might be replayed although it was refused.
      this.#options.log.error(
        { err: error, file: segment.path },
        'could not cut a buffer segment after a failed write',
      );
    }
    // The caller reports the failure that led here; a second one changes nothing.
    await handle.close().catch(() => undefined);
    if (segment.size > 0) return;
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    await unlink(segment.path).catch(() => undefined);
  }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

function isDone({ number, size }: Segment, position: LogPosition): boolean {
  return number < position.segment || (number === position.segment && size <= position.offset);
}
