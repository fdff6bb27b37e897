import { crc32 } from 'node:zlib';

/** u32 length of the JSON, u32 CRC-32 of it; big-endian. */
export const RECORD_HEADER_BYTES = 8;

/** A stretch of a segment, in bytes; `end` is exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A record where it was found. `end` is where the next one begins. */
export interface FoundRecord {
  readonly text: string;
  readonly end: number;
}

/** What a stretch of a segment holds: its sound records in order, and what lies between them and is none. */
export interface SegmentContent {
  readonly records: readonly FoundRecord[];
  readonly damaged: readonly ByteRange[];
}

/** One record as bytes: length, CRC-32, JSON. The text must not be empty: eight zeros of a hole in a file are no record. */
export function encodeRecord(text: string): Buffer {
  const length = Buffer.byteLength(text);
  if (length === 0) throw new Error('A buffer record cannot be empty.');
  const bytes = Buffer.allocUnsafe(RECORD_HEADER_BYTES + length);
  bytes.write(text, RECORD_HEADER_BYTES);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt32BE(crc32(bytes.subarray(RECORD_HEADER_BYTES)), 4);
  return bytes;
}

/**
 * Reads everything that is sound. After damage it looks for the next place where a length fits and a CRC agrees: byte by
 * byte, which is quick, because four characters of JSON read as a length are far larger than any segment.
 */
export function scanSegment(bytes: Buffer): SegmentContent {
  const records: FoundRecord[] = [];
  const damaged: ByteRange[] = [];
  let damageStart: number | undefined;
  let offset = 0;
  while (offset < bytes.length) {
    const record = recordAt(bytes, offset);
    if (record === undefined) {
      damageStart ??= offset;
      offset += 1;
      continue;
    }
    if (damageStart !== undefined) damaged.push({ start: damageStart, end: offset });
    damageStart = undefined;
    records.push(record);
    offset = record.end;
  }
  if (damageStart !== undefined) damaged.push({ start: damageStart, end: bytes.length });
  return { records, damaged };
}

/** The record that begins here, or undefined when none does or it is not whole. */
export function recordAt(bytes: Buffer, offset: number): FoundRecord | undefined {
  if (bytes.length - offset <= RECORD_HEADER_BYTES) return undefined;
  const length = bytes.readUInt32BE(offset);
  const start = offset + RECORD_HEADER_BYTES;
  if (length === 0 || length > bytes.length - start) return undefined;
  const json = bytes.subarray(start, start + length);
  if (crc32(json) !== bytes.readUInt32BE(offset + 4)) return undefined;
  return { text: json.toString('utf8'), end: start + length };
}
