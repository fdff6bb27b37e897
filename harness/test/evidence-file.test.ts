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

interface DocumentedColumn {
  readonly type: string;
  readonly length: number;
  readonly delta: boolean;
  readonly planes: number;
}

/** A column's elements as bigints of their bits, read as docs/history.md says and with none of the product's code. */
function readAsDocumented(stored: Buffer, { length, delta, planes }: DocumentedColumn): readonly bigint[] {
  const bytes = Buffer.alloc(stored.length);
  for (let block = 0; block < stored.length; block += 2 ** 20) {
    const size = Math.min(2 ** 20, stored.length - block);
    for (let at = 0; at < size; at += 1) {
      const rows = size / planes;
      bytes[block + (at % rows) * planes + Math.floor(at / rows)] = stored[block + at] ?? 0;
    }
  }
  const width = stored.length / length;
  const elements = Array.from({ length }, (_, index) =>
    BigInt(
      `0x${Buffer.from(bytes.subarray(index * width, (index + 1) * width))
        .reverse()
        .toString('hex')}`,
    ),
  );
  let sum = 0n;
  return delta ? elements.map((element) => (sum = BigInt.asUintN(8 * width, sum + element))) : elements;
}

test('another program can read the file by its documentation', async () => {
  const bytes = await goodFile();
  expect(bytes.subarray(0, HEADER_BYTES).toString('hex')).toBe('895150480d0a1a0a01000000');
  const content = zstdDecompressSync(bytes.subarray(HEADER_BYTES, -DIGEST_BYTES));
  const columnsStart = 4 + content.readUInt32LE();
  const manifest = JSON.parse(content.toString('utf8', 4, columnsStart)) as {
    readonly columns: readonly DocumentedColumn[];
    readonly evidence: {
      readonly ledger: { readonly $ledger: Readonly<Record<string, { readonly $column: number }>> };
    };
  };
  expect(Object.keys(manifest).sort()).toEqual(['columns', 'evidence', 'queueproof', 'run']);
  const widthOf = ({ type }: DocumentedColumn) => Number(/\d+$/.exec(type)?.[0]) / 8;
  const sizes = manifest.columns.map((column) => column.length * widthOf(column));
  const columnOf = (name: string) => {
    const index = manifest.evidence.ledger.$ledger[name]?.$column ?? Number.NaN;
    const start = columnsStart + sizes.slice(0, index).reduce((sum, size) => sum + size, 0);
    const column = manifest.columns[index] as DocumentedColumn;
    return { column, elements: readAsDocumented(content.subarray(start, start + (sizes[index] ?? 0)), column) };
  };
  const told = story(Array.from({ length: 3_000 }, () => 'queued')).ledger.toTransfer();
  const invoked = columnOf('invokedUs');
  expect(invoked.column).toMatchObject({ type: 'Float64', delta: true, length: 1_500 });
  expect(invoked.elements).toEqual([...new BigUint64Array(told.invokedUs.buffer)]);
  const ids = columnOf('messageId');
  expect(ids.column).toMatchObject({ type: 'Uint8', planes: 16, length: 48_000 });
  expect(ids.elements).toEqual([...told.messageId].map(BigInt));
  expect(columnOf('firstMessage').elements).toEqual([...told.firstMessage].map(BigInt));
});

test('evidence that cannot be written leaves no file', async () => {
  const alone = await mkdtemp(join(folder, 'alone-'));
  const run = { arm: 'push', round: 1, checks: [], evidence: evidence({ faults: [new Map() as never] }) };
  await expect(writeEvidence(alone, 1, run)).rejects.toThrow('evidence.faults.0 is a Map');
  expect(await readdir(alone)).toEqual([]);
  await expect(writeEvidence(join(alone, 'nowhere'), 1, run)).rejects.toThrow();
});
