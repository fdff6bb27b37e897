import { zstdCompressSync } from 'node:zlib';

/** The kinds of typed arrays a history file can hold, by the name the file calls them. */
export const COLUMN_TYPES = Object.freeze({
  Int8: Int8Array,
  Uint8: Uint8Array,
  Int16: Int16Array,
  Uint16: Uint16Array,
  Int32: Int32Array,
  Uint32: Uint32Array,
  BigInt64: BigInt64Array,
  BigUint64: BigUint64Array,
  Float32: Float32Array,
  Float64: Float64Array,
} as const);

export type ColumnType = keyof typeof COLUMN_TYPES;

export type ColumnArray = InstanceType<(typeof COLUMN_TYPES)[ColumnType]>;

/**
 * How a column is rearranged so that it compresses well; docs/history.md defines both exactly.
 *
 * - `delta`: each element is stored as its difference to the one before, modulo 2 to the power of its bits (of a float: of
 *   its bit pattern, which loses nothing);
 * - `planes`: the bytes stand in rows of so many, and are stored column by column; 1 leaves them as they are.
 */
export interface ColumnFilter {
  readonly delta: boolean;
  readonly planes: number;
}

/** Unit of rearranging and writing: small enough to block nobody, and a multiple of every number of planes. */
const BLOCK_BYTES = 2 ** 20;

/** The rows of a column of ids are as long as an id. */
const ID_BYTES = 16;

const PLAIN: ColumnFilter = Object.freeze({ delta: false, planes: 1 });

/** Shorter columns are stored as they are. */
const WORTH_FILTERING_BYTES = 1024;
const SAMPLE_BYTES = 2 ** 16;

export function columnTypeOf(value: unknown): ColumnType | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  const name = (value as { readonly [Symbol.toStringTag]?: string })[Symbol.toStringTag]?.replace(/Array$/, '') ?? '';
  return isColumnType(name) ? name : undefined;
}

function isColumnType(name: unknown): name is ColumnType {
  return typeof name === 'string' && Object.hasOwn(COLUMN_TYPES, name);
}

/** The filters that make sense for elements of this many bytes and a column of this many. */
function candidates(elementBytes: number, bytes: number): readonly ColumnFilter[] {
  if (elementBytes > 1) {
    const planes = [1, elementBytes];
    return [false, true].flatMap((delta) => planes.map((count) => ({ delta, planes: count })));
  }
  return bytes % ID_BYTES === 0 ? [PLAIN, { delta: false, planes: ID_BYTES }] : [PLAIN];
}

/** Takes the filter under which the beginning of the column becomes smallest. */
export function bestFilter(column: ColumnArray): ColumnFilter {
  if (column.byteLength < WORTH_FILTERING_BYTES) return PLAIN;
  const elementBytes = column.BYTES_PER_ELEMENT;
  const sample = column.subarray(0, SAMPLE_BYTES / elementBytes);
  let best = { filter: PLAIN, size: Number.POSITIVE_INFINITY };
  for (const filter of candidates(elementBytes, column.byteLength)) {
    const [block = new Uint8Array()] = packColumn(sample, filter);
    const size = zstdCompressSync(block).byteLength;
    if (size < best.size) best = { filter, size };
  }
  return best.filter;
}

/** The bytes of a column as the file holds them, in blocks; the column itself is not touched. */
export function* packColumn(column: ColumnArray, { delta, planes }: ColumnFilter): Generator<Uint8Array> {
  const bytes = new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
  for (let start = 0; start < bytes.byteLength; start += BLOCK_BYTES) {
    const block = bytes.slice(start, start + BLOCK_BYTES);
    const elementBytes = column.BYTES_PER_ELEMENT;
    if (delta && elementBytes === 8) toDifferences64(block, bytes, start);
    else if (delta) toDifferences(block, bytes, start, elementBytes);
    yield planes === 1 ? block : toPlanes(block, planes);
  }
}

/**
 * The column that {@link packColumn} made these bytes of. The caller has seen that they are as many as the type and a
 * whole number of rows need.
 */
export function unpackColumn(packed: Uint8Array, type: ColumnType, { delta, planes }: ColumnFilter): ColumnArray {
  const bytes = new Uint8Array(packed.byteLength);
  if (planes === 1) bytes.set(packed);
  else {
    for (let start = 0; start < packed.byteLength; start += BLOCK_BYTES) {
      fromPlanes(packed.subarray(start, start + BLOCK_BYTES), planes, bytes.subarray(start, start + BLOCK_BYTES));
    }
  }
  const Type = COLUMN_TYPES[type];
  if (delta && Type.BYTES_PER_ELEMENT === 8) fromDifferences64(bytes);
  else if (delta) fromDifferences(bytes, Type.BYTES_PER_ELEMENT);
  return new Type(bytes.buffer);
}

/** Replaces the elements of a block, which is a copy of `all` from `start` on, by their differences. */
function toDifferences(block: Uint8Array, all: Uint8Array, start: number, elementBytes: number): void {
  const values = elements(block, elementBytes);
  let previous = start === 0 ? 0 : (elements(all, elementBytes)[start / elementBytes - 1] ?? 0);
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    values[index] = value - previous;
    previous = value;
  }
}

/** As halves of 32 bits, the lower one first: arithmetic on bigints would take ten times as long. */
function toDifferences64(block: Uint8Array, all: Uint8Array, start: number): void {
  const halves = elements(block, 4);
  const before = start === 0 ? new Uint32Array(2) : elements(all, 4).subarray(start / 4 - 2, start / 4);
  let [previousLow = 0, previousHigh = 0] = before;
  for (let index = 0; index < halves.length; index += 2) {
    const low = halves[index] ?? 0;
    const high = halves[index + 1] ?? 0;
    const borrow = low < previousLow ? 1 : 0;
    halves[index] = low - previousLow;
    halves[index + 1] = high - previousHigh - borrow;
    previousLow = low;
    previousHigh = high;
  }
}

function fromDifferences(bytes: Uint8Array, elementBytes: number): void {
  const values = elements(bytes, elementBytes);
  for (let index = 1; index < values.length; index += 1) {
    values[index] = (values[index] ?? 0) + (values[index - 1] ?? 0);
  }
}

function fromDifferences64(bytes: Uint8Array): void {
  const halves = elements(bytes, 4);
  for (let index = 2; index < halves.length; index += 2) {
    const low = (halves[index] ?? 0) + (halves[index - 2] ?? 0);
    halves[index] = low;
    const carry = low > 0xffff_ffff ? 1 : 0;
    halves[index + 1] = (halves[index + 1] ?? 0) + (halves[index - 1] ?? 0) + carry;
  }
}

function toPlanes(bytes: Uint8Array, planes: number): Uint8Array {
  const rows = bytes.byteLength / planes;
  const packed = new Uint8Array(bytes.byteLength);
  for (let plane = 0, to = 0; plane < planes; plane += 1) {
    for (let row = 0, from = plane; row < rows; row += 1, from += planes, to += 1) packed[to] = bytes[from] ?? 0;
  }
  return packed;
}

function fromPlanes(packed: Uint8Array, planes: number, into: Uint8Array): void {
  const rows = packed.byteLength / planes;
  for (let plane = 0, from = 0; plane < planes; plane += 1) {
    for (let row = 0, to = plane; row < rows; row += 1, to += planes, from += 1) into[to] = packed[from] ?? 0;
  }
}

/** The same bytes as unsigned numbers of a width, whose arithmetic is modulo 2 to the power of their bits. */
function elements(bytes: Uint8Array, elementBytes: number): Uint8Array | Uint16Array | Uint32Array {
  const { buffer, byteOffset, byteLength } = bytes;
  if (elementBytes === 1) return bytes;
  if (elementBytes === 2) return new Uint16Array(buffer, byteOffset, byteLength / 2);
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}
