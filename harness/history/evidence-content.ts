import { Ajv } from 'ajv';
import { type Static, Type } from 'typebox';
import type { RunEvidence } from './evidence.ts';
import { fromTree, type Json, toTree } from './evidence-tree.ts';
import { Ledger } from './ledger.ts';
import {
  bestFilter,
  COLUMN_TYPES,
  type ColumnArray,
  type ColumnType,
  columnTypeOf,
  packColumn,
  unpackColumn,
} from './packed-column.ts';
import { UnreadableHistory } from './unreadable-history.ts';

const Count = Type.Integer({ minimum: 0 });

const ColumnSchema = Type.Object({
  type: Type.Enum(Object.keys(COLUMN_TYPES) as ColumnType[]),
  length: Count,
  delta: Type.Boolean(),
  planes: Type.Unsafe<number>({ enum: [1, 2, 4, 8, 16] }),
});

type ColumnEntry = Static<typeof ColumnSchema>;

/** What a file says of its run beside the evidence. */
export interface About {
  readonly queueproof: string;
  readonly run: {
    /** Number of the run in its scenario, from 1. */
    readonly index: number;
    readonly arm: string;
    readonly round: number;
    /** Names of the checks that were asked for. */
    readonly checks: readonly string[];
  };
}

const ManifestSchema = Type.Object({
  queueproof: Type.String(),
  run: Type.Object({ index: Count, arm: Type.String(), round: Count, checks: Type.Array(Type.String()) }),
  columns: Type.Array(ColumnSchema),
  evidence: Type.Object({}),
});

interface Manifest extends About {
  readonly columns: readonly ColumnEntry[];
  readonly evidence: Json;
}

const fits = new Ajv().compile<Manifest>(ManifestSchema);

const LENGTH_BYTES = 4;

/**
 * The content of a history file before compression, piece by piece: the length of the manifest, the manifest, and the
 * columns in its order.
 *
 * @throws TypeError for evidence that a history file cannot hold.
 */
export function* encodeContent(about: About, evidence: RunEvidence): Generator<Uint8Array> {
  const columns: ColumnArray[] = [];
  const tree = toTree(evidence, columns);
  const packed = columns.map((column) => ({ column, filter: bestFilter(column) }));
  const entries = packed.map(({ column, filter }): ColumnEntry => {
    const { delta, planes } = filter;
    return { type: columnTypeOf(column) as ColumnType, length: column.length, delta, planes };
  });
  const manifest = Buffer.from(JSON.stringify({ ...about, columns: entries, evidence: tree } satisfies Manifest));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(manifest.byteLength);
  yield length;
  yield manifest;
  for (const { column, filter } of packed) yield* packColumn(column, filter);
}

/** @throws UnreadableHistory when this is not what {@link encodeContent} gives. */
export function decodeContent(content: Buffer): About & { readonly evidence: RunEvidence } {
  const { manifest, end } = decodeManifest(content);
  const columns = decodeColumns(content.subarray(end), manifest.columns);
  let evidence: unknown;
  try {
    evidence = fromTree(manifest.evidence, columns);
  } catch (error) {
    throw new UnreadableHistory(error instanceof Error ? error.message : String(error), { cause: error });
  }
  if (!holdsRun(evidence)) throw new UnreadableHistory('its evidence has no ledger, so it is not that of a run');
  const { queueproof, run } = manifest;
  return { queueproof, run, evidence };
}

function decodeManifest(content: Buffer): { readonly manifest: Manifest; readonly end: number } {
  const length = content.byteLength < LENGTH_BYTES ? 0 : content.readUInt32LE();
  const end = LENGTH_BYTES + length;
  if (length === 0 || end > content.byteLength) {
    throw new UnreadableHistory(`its manifest should have ${length} bytes, but the content has ${content.byteLength}`);
  }
  let manifest: unknown;
  try {
    manifest = JSON.parse(content.toString('utf8', LENGTH_BYTES, end));
  } catch (error) {
    throw new UnreadableHistory(`its manifest is no JSON: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
  if (!fits(manifest)) {
    const [misfit] = fits.errors ?? [];
    throw new UnreadableHistory(`its manifest is wrong: ${misfit?.instancePath || 'it'} ${misfit?.message}`);
  }
  return { manifest, end };
}

/** The columns are cut out of bytes that are there, so none can ask for more memory than the content has. */
function decodeColumns(bytes: Buffer, entries: readonly ColumnEntry[]): readonly ColumnArray[] {
  const sizes = entries.map(({ type, length }) => length * COLUMN_TYPES[type].BYTES_PER_ELEMENT);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total !== bytes.byteLength) {
    throw new UnreadableHistory(`its columns should have ${total} bytes together, but there are ${bytes.byteLength}`);
  }
  let start = 0;
  return entries.map((entry, index) => {
    const size = sizes[index] ?? 0;
    if (size % entry.planes !== 0) {
      throw new UnreadableHistory(`its column ${index} has ${size} bytes, which are no rows of ${entry.planes}`);
    }
    const packed = bytes.subarray(start, start + size);
    start += size;
    return unpackColumn(packed, entry.type, entry);
  });
}

function holdsRun(evidence: unknown): evidence is RunEvidence {
  return typeof evidence === 'object' && evidence !== null && 'ledger' in evidence && evidence.ledger instanceof Ledger;
}
