import { partialSchema, type SchemaNode } from './schema-node.ts';

/** A key of a scenario written in one word, `load.closed.connections`: a leaf, or a map of further keys. */
export interface DottedKey {
  readonly dotted: string;
  readonly segments: readonly string[];
  readonly schema: SchemaNode;
}

/** One value at one leaf. */
export interface Leaf {
  readonly dotted: string;
  readonly segments: readonly string[];
  readonly value: unknown;
}

/** Every key below the given maps, the maps themselves included, depth first. */
export function dottedKeysOf(properties: Readonly<Record<string, SchemaNode>>): readonly DottedKey[] {
  const walk = (parents: readonly string[], name: string, schema: SchemaNode): readonly DottedKey[] => {
    const segments = [...parents, name];
    const below = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => walk(segments, key, child));
    return [{ dotted: segments.join('.'), segments, schema }, ...below];
  };
  return Object.entries(properties).flatMap(([name, schema]) => walk([], name, schema));
}

/**
 * Finds a key by its dotted name. Names inside a free map (`postgres.settings.synchronous_commit`) are found too; they
 * may contain dots themselves.
 */
export function findDottedKey(keys: readonly DottedKey[], dotted: string): DottedKey | undefined {
  const exact = keys.find((key) => key.dotted === dotted);
  if (exact !== undefined) return exact;
  for (const key of keys) {
    if (key.schema.patternProperties === undefined || !dotted.startsWith(`${key.dotted}.`)) continue;
    const name = dotted.slice(key.dotted.length + 1);
    for (const [pattern, schema] of Object.entries(key.schema.patternProperties)) {
      if (new RegExp(pattern).test(name)) return { dotted, segments: [...key.segments, name], schema };
    }
  }
  return undefined;
}

/** Takes a value apart into its leaves; the value of a leaf key is one leaf, a map has one for each leaf it mentions. */
export function leavesOf(key: DottedKey, value: unknown): readonly Leaf[] {
  const isMap = key.schema.properties !== undefined || key.schema.patternProperties !== undefined;
  if (!isMap) return [{ dotted: key.dotted, segments: key.segments, value }];
  return Object.entries(value as Record<string, unknown>).flatMap(([name, child]) => {
    const segments = [...key.segments, name];
    const schema = key.schema.properties?.[name] ?? {};
    return leavesOf({ dotted: segments.join('.'), segments, schema }, child);
  });
}

/** The value at a path of plain maps; undefined when there is none. */
export function readLeaf(tree: Readonly<Record<string, unknown>>, segments: readonly string[]): unknown {
  let value: unknown = tree;
  for (const segment of segments) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Record<string, unknown>)[segment];
  }
  return value;
}

/** A copy of the tree with the leaves put in; maps on the way are copied, never shared. */
export function withLeaves<Tree extends object>(tree: Tree, leaves: readonly Leaf[]): Tree {
  const copy = structuredClone(tree) as Record<string, unknown>;
  for (const { segments, value } of leaves) {
    let map = copy;
    for (const segment of segments.slice(0, -1)) map = map[segment] as Record<string, unknown>;
    map[segments.at(-1) as string] = structuredClone(value);
  }
  return copy as Tree;
}

/** Schema of `matrix`: dotted keys, each with the list of values to try. */
export function matrixSchema(keys: readonly DottedKey[]): SchemaNode {
  return keyMapSchema(keys, (schema) => ({ type: 'array', minItems: 1, items: schema }));
}

/**
 * Schema of `quick` and of --set: dotted keys with one value or, for keys a matrix can vary, with a list of values. A key
 * that is a list itself takes one such list.
 */
export function overrideSchema(keys: readonly DottedKey[], variable: readonly DottedKey[]): SchemaNode {
  return keyMapSchema(keys, (schema, { dotted }) =>
    findDottedKey(variable, dotted) === undefined || schema.type === 'array'
      ? schema
      : { if: { type: 'array' }, else: schema, items: schema, minItems: 1 },
  );
}

function keyMapSchema(
  keys: readonly DottedKey[],
  wrap: (schema: SchemaNode, key: DottedKey) => SchemaNode,
): SchemaNode {
  const entry = (key: DottedKey): SchemaNode => {
    const partial = partialSchema(key.schema);
    return { ...(partial.description ? { description: partial.description } : {}), ...wrap(partial, key) };
  };
  const freeKeys = keys.flatMap((key) =>
    Object.entries(key.schema.patternProperties ?? {}).map(([pattern, schema]) => {
      const prefix = key.dotted.replaceAll('.', '\\.');
      return [`^${prefix}\\.${pattern.replace(/^\^/, '')}`, entry({ ...key, schema })] as const;
    }),
  );
  return {
    type: 'object',
    properties: Object.fromEntries(keys.map((key) => [key.dotted, entry(key)])),
    patternProperties: Object.fromEntries(freeKeys),
    additionalProperties: false,
  };
}
