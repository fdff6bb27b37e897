import { type ColumnArray, columnTypeOf } from './packed-column.ts';
import { RECORDED_CLASSES, type RecordedClassName } from './recorded-class.ts';

/** A value as JSON can hold it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Deeper than any evidence; a value that contains itself ends here too. */
const MAX_DEPTH = 64;

/** Numbers that JSON has no word for. */
const ODD_NUMBERS = Object.freeze({
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  '-0': -0,
} as const);

/**
 * Turns evidence into JSON, with its typed arrays put aside into `columns`. What JSON cannot say becomes an object with
 * one key that begins with `$`; docs/history.md lists them. An object of the evidence that has such a key itself is
 * wrapped, so nothing is mistaken for something else.
 *
 * @throws TypeError, with the path to it, for a value that a history file cannot hold.
 */
export function toTree(value: unknown, columns: ColumnArray[], path = 'evidence', depth = 0): Json {
  if (depth > MAX_DEPTH) throw new TypeError(`${path} is nested more than ${MAX_DEPTH} deep, or contains itself`);
  const inner = (child: unknown, name: string) => toTree(child, columns, `${path}.${name}`, depth + 1);
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (value === undefined) return { $undefined: true };
  if (typeof value === 'number') {
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : { $number: Object.is(value, -0) ? '-0' : `${value}` };
  }
  if (columnTypeOf(value) !== undefined) return { $column: columns.push(value as ColumnArray) - 1 };
  if (Array.isArray(value)) return Array.from(value, (child, index) => inner(child, String(index)));
  if (typeof value === 'object') {
    for (const [name, { isOne, takeApart }] of Object.entries(RECORDED_CLASSES)) {
      if (isOne(value)) return { [name]: inner(takeApart(value), name) };
    }
    if (isPlain(value)) {
      const entries = Object.entries(value).map(([key, child]) => [key, inner(child, key)] as const);
      const object = Object.fromEntries(entries);
      return entries.some(([key]) => key.startsWith('$')) ? { $object: object } : object;
    }
  }
  throw new TypeError(`${path} is ${kindOf(value)}, which a history file cannot hold`);
}

/**
 * The evidence that {@link toTree} made this JSON of. Nothing of the JSON is executed, and no key of it reaches a
 * prototype.
 *
 * @throws TypeError, with the path to it, for JSON that toTree does not make.
 */
export function fromTree(json: Json, columns: readonly ColumnArray[], path = 'evidence', depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new TypeError(`${path} is nested more than ${MAX_DEPTH} deep`);
  const inner = (child: Json, name: string) => fromTree(child, columns, `${path}.${name}`, depth + 1);
  if (typeof json !== 'object' || json === null) return json;
  if (isJsonArray(json)) return json.map((child, index) => inner(child, String(index)));
  const keys = Object.keys(json);
  const tag = keys.find((key) => key.startsWith('$'));
  if (tag === undefined) return mapped(json, inner);
  const content = json[tag];
  if (keys.length > 1 || content === undefined) throw new TypeError(`${path} has ${tag} beside other keys`);
  if (tag === '$undefined') return undefined;
  if (tag === '$number') return oddNumber(content, path);
  if (tag === '$column') return columnAt(content, columns, path);
  if (tag === '$object' && typeof content === 'object' && content !== null && !isJsonArray(content)) {
    return mapped(content, inner);
  }
  if (!isRecordedClass(tag)) throw new TypeError(`${path} has ${tag}, which means nothing here`);
  try {
    return RECORDED_CLASSES[tag].putTogether(inner(content, tag));
  } catch (error) {
    throw new TypeError(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function mapped(object: Readonly<Record<string, Json>>, inner: (child: Json, name: string) => unknown): object {
  return Object.fromEntries(Object.entries(object).map(([key, child]) => [key, inner(child, key)]));
}

function oddNumber(content: Json, path: string): number {
  if (typeof content !== 'string' || !Object.hasOwn(ODD_NUMBERS, content)) {
    throw new TypeError(`${path} has a $number that is ${JSON.stringify(content)}`);
  }
  return ODD_NUMBERS[content as keyof typeof ODD_NUMBERS];
}

function columnAt(content: Json, columns: readonly ColumnArray[], path: string): ColumnArray {
  const column = typeof content === 'number' ? columns[content] : undefined;
  if (column === undefined) {
    throw new TypeError(`${path} refers to column ${JSON.stringify(content)}, but there are ${columns.length}`);
  }
  return column;
}

function isRecordedClass(tag: string): tag is RecordedClassName {
  return Object.hasOwn(RECORDED_CLASSES, tag);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isJsonArray(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

function kindOf(value: unknown): string {
  return typeof value === 'object' ? `a ${value?.constructor?.name ?? 'strange object'}` : `a ${typeof value}`;
}
