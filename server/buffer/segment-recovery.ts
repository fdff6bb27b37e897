import { mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../log.ts';
import type { FailedRecords } from './failed-records.ts';
import { type ByteRange, type SegmentContent, scanSegment } from './segment.ts';

export interface SegmentLogOptions {
  readonly directory: string;
  /** A segment that has reached this is followed by a new one. */
  readonly segmentBytes: number;
  readonly failed: FailedRecords;
  readonly log: Logger;
}

/** A place between two records. Segments are numbered in the order in which they were made. */
export interface LogPosition {
  readonly segment: number;
  readonly offset: number;
}

export interface Segment {
  readonly number: number;
  readonly path: string;
  /** End of what is known to be on the disk; nothing beyond it is ever read. */
  size: number;
  readonly damaged: ByteRange[];
}

/** What an earlier process left. */
export interface Recovery {
  /** Segments with records that are not drained, oldest first. */
  readonly segments: readonly Segment[];
  /** Such records, all together. */
  readonly recovered: number;
  readonly readFrom: LogPosition;
  readonly lastNumber: number;
}

export const POSITION_FILE = 'drained.json';
const SEGMENT_PATTERN = /^segment-(\d{16})\.log$/;

export function segmentName(number: number): string {
  return `segment-${String(number).padStart(16, '0')}.log`;
}

/** Reads every segment of the directory (made if need be), cuts a torn tail, sets aside what is damaged in the middle. */
export async function recoverSegments(options: SegmentLogOptions): Promise<Recovery> {
  const { directory } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const position = await loadPosition(directory);
  const numbers = (await readdir(directory))
    .flatMap((name) => SEGMENT_PATTERN.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  const segments: Segment[] = [];
  let readFrom: LogPosition = { segment: 0, offset: 0 };
  let recovered = 0;
  for (const number of numbers) {
    const path = join(directory, segmentName(number));
    const bytes = await readFile(path);
    const content = scanSegment(bytes);
    const size = number === numbers.at(-1) ? await cutTornTail(path, bytes.length, content, options) : bytes.length;
    const segment: Segment = { number, path, size, damaged: [] };
    const from = drainedBytes(number, position, content);
    for (const range of content.damaged) {
      const isLeft = number >= position.segment && range.start < size && range.end > from;
      if (isLeft) await setAsideDamage(segment, range, bytes.subarray(range.start, range.end), options);
    }
    const left = number < position.segment ? 0 : content.records.filter(({ end }) => end > from).length;
    if (left === 0) {
      await unlink(path);
      continue;
    }
    if (segments.length === 0) readFrom = { segment: number, offset: from };
    segments.push(segment);
    recovered += left;
  }
  return { segments, recovered, readFrom, lastNumber: Math.max(position.segment, numbers.at(-1) ?? 0) };
}

/** Keeps what cannot be read for somebody to look at; the segment itself will be deleted. */
export async function setAsideDamage(
  segment: Segment,
  range: ByteRange,
  bytes: Buffer,
  { failed, log }: SegmentLogOptions,
): Promise<void> {
  segment.damaged.push(range);
  const name = `damaged-${segment.number}-${range.start}.bin`;
  await failed.setAside(name, bytes);
  log.error(
    { event: 'buffer-damaged', file: segment.path, ...range, setAside: name },
    'a buffer segment is damaged in the middle; what could not be read was set aside',
  );
}

/** A position inside a record is of another file: better to replay what is stored already than to skip. */
function drainedBytes(number: number, position: LogPosition, { records }: SegmentContent): number {
  const isPlace = number === position.segment && records.some(({ end }) => end === position.offset);
  return isPlace ? position.offset : 0;
}

/** The end of the last segment is what a crash interrupts; nobody was told that it is stored. */
async function cutTornTail(
  path: string,
  size: number,
  { damaged }: SegmentContent,
  { log }: SegmentLogOptions,
): Promise<number> {
  const tail = damaged.at(-1);
  if (tail?.end !== size) return size;
  log.warn({ event: 'buffer-tail-cut', file: path, bytes: size - tail.start }, 'cut the torn end of the last segment');
  await using handle = await open(path, 'r+');
  await handle.truncate(tail.start);
  await handle.sync();
  return tail.start;
}

async function loadPosition(directory: string): Promise<LogPosition> {
  try {
    const { segment, offset } = JSON.parse(await readFile(join(directory, POSITION_FILE), 'utf8'));
    if (Number.isSafeInteger(segment) && Number.isSafeInteger(offset)) return { segment, offset };
  } catch {
    // Not there or not readable: everything is replayed, and what PostgreSQL has already is recognised.
  }
  return { segment: 0, offset: 0 };
}
