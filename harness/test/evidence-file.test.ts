import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readEvidence, writeEvidence } from '../history/evidence-file.ts';
import { UnreadableHistory } from '../history/unreadable-history.ts';
import { evidence, story } from './checkers-evidence.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queueproof-history-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const HEADER_BYTES = 12;
const DIGEST_BYTES = 32;

/** A file of enough messages for columns to be rearranged, as bytes. */
async function goodFile(): Promise<Buffer> {
  const of = story(Array.from({ length: 3_000 }, () => 'queued'));
  const run = { arm: 'push', round: 1, checks: ['accounting'], evidence: evidence({}, of) };
  return await readFile(await writeEvidence(folder, 1, run));
}

async function reading(bytes: Buffer): Promise<unknown> {
  const file = join(folder, 'changed.qph');
  await writeFile(file, bytes);
  return await readEvidence(file).catch((error: unknown) => error);
}

/** A file with this compressed content and a checksum that is right. */
function sealedAgain(compressed: Buffer, header: Buffer): Buffer {
  const whole = Buffer.concat([header, compressed]);
  return Buffer.concat([whole, createHash('sha256').update(whole).digest()]);
}

test('a run is written under the number of its server log and read back, and nothing else is left', async () => {
  const alone = await mkdtemp(join(folder, 'alone-'));
  const run = { arm: 'push batch=1', round: 2, checks: ['accounting', 'statuses'], evidence: evidence() };
  const file = await writeEvidence(alone, 7, run);
  expect(await readdir(alone)).toEqual(['history-07.qph']);
  const back = await readEvidence(file);
  expect([back.index, back.arm, back.round, back.checks]).toEqual([7, 'push batch=1', 2, ['accounting', 'statuses']]);
  expect(back.queueproof).toMatch(/^\d+\.\d+\.\d+/);
  expect(back.evidence.ledger.toTransfer()).toEqual(run.evidence.ledger.toTransfer());
});

test('a byte changed anywhere is noticed', async () => {
  const bytes = await goodFile();
  const places = fc.integer({ min: 0, max: bytes.length - 1 });
  const regions = [
    0,
    7,
    8,
    11,
    HEADER_BYTES,
    bytes.length - DIGEST_BYTES - 1,
    bytes.length - DIGEST_BYTES,
    bytes.length - 1,
  ];
  await fc.assert(
    fc.asyncProperty(places, fc.integer({ min: 1, max: 255 }), async (place, difference) => {
      const changed = Buffer.from(bytes);
      changed[place] = (bytes[place] ?? 0) ^ difference;
      expect(await reading(changed)).toBeInstanceOf(UnreadableHistory);
    }),
    { examples: regions.map((place) => [place, 1]) },
  );
});

test('a file cut off anywhere, or with something behind it, is noticed', async () => {
  const bytes = await goodFile();
  const lengths = fc.integer({ min: 0, max: bytes.length - 1 });
  await fc.assert(
    fc.asyncProperty(lengths, async (length) => {
      expect(await reading(bytes.subarray(0, length))).toBeInstanceOf(UnreadableHistory);
    }),
    { examples: [[0], [HEADER_BYTES], [bytes.length - DIGEST_BYTES], [bytes.length - 1]] },
  );
  expect(await reading(Buffer.concat([bytes, Buffer.alloc(1)]))).toBeInstanceOf(UnreadableHistory);
});

test('what is no history file, and what a later version wrote, is told as that', async () => {
  const bytes = await goodFile();
  expect(String(await reading(Buffer.from('{"schemaVersion":1}'.repeat(9))))).toMatch(
    /it is no history file: it begins with 7b22\w+ instead of 895150480d0a1a0a/,
  );
  const newer = Buffer.from(bytes);
  newer.writeUInt32LE(2, 8);
  expect(String(await reading(newer))).toMatch(/format version 2, and this queueproof \(.+\) reads version 1/);
  expect(String(await reading(bytes.subarray(0, 20)))).toMatch(/it has 20 bytes, and a history file at least 44/);
});

test('a file that is whole and made to fill the memory is refused before it does', async () => {
  const header = (await goodFile()).subarray(0, HEADER_BYTES);
  // 300 MB of zeros in 10 KB.
  const bomb = sealedAgain(zstdCompressSync(Buffer.alloc(300_000_000)), header);
  expect(bomb.length).toBeLessThan(100_000);
  expect(String(await reading(bomb))).toMatch(/it unfolds to more than \d+ bytes/);
  expect(String(await reading(sealedAgain(Buffer.from('no zstd'), header)))).toMatch(/its content is no zstd frame/);
});

test('the content is an ordinary zstd frame between header and checksum, as documented', async () => {
  const bytes = await goodFile();
  const content = zstdDecompressSync(bytes.subarray(HEADER_BYTES, -DIGEST_BYTES));
  const manifest = JSON.parse(content.toString('utf8', 4, 4 + content.readUInt32LE())) as Record<string, unknown>;
  expect(Object.keys(manifest).sort()).toEqual(['columns', 'evidence', 'queueproof', 'run']);
  expect(sealedAgain(bytes.subarray(HEADER_BYTES, -DIGEST_BYTES), bytes.subarray(0, HEADER_BYTES))).toEqual(bytes);
});

test('evidence that cannot be written leaves no file', async () => {
  const alone = await mkdtemp(join(folder, 'alone-'));
  const run = { arm: 'push', round: 1, checks: [], evidence: evidence({ faults: [new Map() as never] }) };
  await expect(writeEvidence(alone, 1, run)).rejects.toThrow('evidence.faults.0 is a Map');
  expect(await readdir(alone)).toEqual([]);
  await expect(writeEvidence(join(alone, 'nowhere'), 1, run)).rejects.toThrow();
});
