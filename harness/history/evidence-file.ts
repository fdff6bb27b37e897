import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createZstdCompress, zstdDecompress } from 'node:zlib';
import packageJson from '../../package.json' with { type: 'json' };
import type { RunEvidence } from './evidence.ts';
import { decodeContent, encodeContent } from './evidence-content.ts';
import { UnreadableHistory } from './unreadable-history.ts';

/** One run with everything that is needed to judge it again. */
export interface RecordedRun {
  readonly arm: string;
  readonly round: number;
  /** Names of the checks that were asked for. */
  readonly checks: readonly string[];
  readonly evidence: RunEvidence;
}

/** A run as it is read back. */
export interface ReadRun extends RecordedRun {
  /** Number of the run in its scenario, from 1. */
  readonly index: number;
  /** Version of queueproof that wrote the file. */
  readonly queueproof: string;
}

/** As PNG's: one byte above ASCII, the name, and both kinds of line ends, which a transfer as text would change. */
const MAGIC = Buffer.from('\x89QPH\r\n\x1a\n', 'latin1');
/** To be raised when a program that reads this version would misread the file; see docs/history.md. */
const FORMAT_VERSION = 1;
const HEADER_BYTES = MAGIC.length + 4;
const DIGEST_BYTES = 32;

/**
 * No file may unfold to more than this and a hundred times its size: real ones unfold to a tenth of that, but a few
 * kilobytes made on purpose could fill the memory.
 */
const UNFOLDED_FLOOR_BYTES = 2 ** 28;
const MOST_UNFOLDED = 100;
const UNFOLD_CHUNK_BYTES = 2 ** 20;

const unfold = promisify(zstdDecompress);

/** `history-03.qph`, numbered as the server's log of the same run. */
function historyFileName(index: number): string {
  return `history-${String(index).padStart(2, '0')}.qph`;
}

/**
 * Writes the evidence of one run into its report folder and gives back the file's path. Nothing of that name is left
 * when it fails. The format is defined in docs/history.md.
 *
 * A million messages in requests of 100, popped, acknowledged and found in their rows, take 0.4 s and 8 MB, of which 7.8
 * are the random bits of their ids; the event loop is held up for 15 ms at most, and reading takes 0.2 s. In requests of
 * one message they take 20 MB, because each has two times of its own.
 *
 * Rejects with the file system's error, and with TypeError for evidence that a history file cannot hold.
 */
export async function writeEvidence(folder: string, index: number, run: RecordedRun): Promise<string> {
  const { evidence, ...about } = run;
  const file = join(folder, historyFileName(index));
  const beside = `${file}.part`;
  const content = encodeContent({ queueproof: packageJson.version, run: { index, ...about } }, evidence);
  try {
    await pipeline(content, createZstdCompress(), sealed, createWriteStream(beside));
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  return file;
}

/** Puts the header before the compressed content and the checksum of both behind it. */
async function* sealed(compressed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const digest = createHash('sha256');
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(FORMAT_VERSION, MAGIC.length);
  digest.update(header);
  yield header;
  for await (const chunk of compressed) {
    digest.update(chunk);
    yield chunk;
  }
  yield digest.digest();
}

/**
 * Reads what {@link writeEvidence} wrote. Nothing in the file is executed, and no length in it is allocated before that
 * many bytes have been seen.
 *
 * @throws UnreadableHistory when the file is damaged, cut off, foreign or newer; the file system's error when it cannot be
 * read at all.
 */
export async function readEvidence(file: string): Promise<ReadRun> {
  const bytes = await readFile(file);
  const compressed = unseal(bytes);
  const limit = UNFOLDED_FLOOR_BYTES + MOST_UNFOLDED * bytes.byteLength;
  let content: Buffer;
  try {
    content = await unfold(compressed, { maxOutputLength: limit, chunkSize: UNFOLD_CHUNK_BYTES });
  } catch (error) {
    const tooLarge = error instanceof RangeError;
    const reason = tooLarge ? `it unfolds to more than ${limit} bytes` : `its content is no zstd frame: ${error}`;
    throw new UnreadableHistory(reason, { cause: error });
  }
  const { queueproof, run, evidence } = decodeContent(content);
  return { queueproof, ...run, evidence };
}

/** The compressed content of a file that is whole and of a version this program knows. */
function unseal(bytes: Buffer): Buffer {
  if (bytes.byteLength < HEADER_BYTES + DIGEST_BYTES) {
    const least = HEADER_BYTES + DIGEST_BYTES;
    throw new UnreadableHistory(`it has ${bytes.byteLength} bytes, and a history file at least ${least}`);
  }
  const magic = bytes.subarray(0, MAGIC.length);
  if (!magic.equals(MAGIC)) {
    throw new UnreadableHistory(
      `it is no history file: it begins with ${magic.toString('hex')} instead of ${MAGIC.toString('hex')}`,
    );
  }
  const version = bytes.readUInt32LE(MAGIC.length);
  if (version !== FORMAT_VERSION) {
    throw new UnreadableHistory(
      `it has format version ${version}, and this queueproof (${packageJson.version}) reads version ${FORMAT_VERSION}`,
    );
  }
  const expected = bytes.subarray(-DIGEST_BYTES);
  const came = createHash('sha256').update(bytes.subarray(0, -DIGEST_BYTES)).digest();
  if (!came.equals(expected)) {
    const [told, found] = [expected, came].map((digest) => digest.toString('hex').slice(0, 16));
    throw new UnreadableHistory(`it is damaged or cut off: its checksum begins with ${told}, its bytes give ${found}`);
  }
  return bytes.subarray(HEADER_BYTES, -DIGEST_BYTES);
}
