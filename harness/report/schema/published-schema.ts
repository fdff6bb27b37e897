import type { SchemaNode } from '../../scenario/schema-node.ts';
import { DefectsResultSchema } from '../defects-result.ts';
import { ResultSchema } from '../result.ts';
import { DEFECTS_DESCRIPTIONS, RESULT_DESCRIPTIONS } from './result-descriptions.ts';

/** A schema as others read it, and what is missing in its description. */
export interface Described {
  readonly schema: SchemaNode;
  /** Paths of fields that nothing is said of. */
  readonly undescribed: readonly string[];
  /** Paths that are described, and are no field. */
  readonly unused: readonly string[];
}

/** The schema of result.json with a description of every field. */
export const describedResult = (): Described => describe(ResultSchema, RESULT_DESCRIPTIONS);

/** The same of a run of defects. */
export const describedDefects = (): Described => describe(DefectsResultSchema, DEFECTS_DESCRIPTIONS);

/** Text of docs/result.schema.json. */
export function resultSchemaText(): string {
  return schemaText('result.json of a run of queueproof', describedResult());
}

/** Text of docs/defects-result.schema.json. */
export function defectsResultSchemaText(): string {
  return schemaText('result.json of a run of defects of queueproof', describedDefects());
}

/** Fields whose words are names of things, of which there may be more later. */
const GROWING: readonly (string | undefined)[] = ['kind', 'metric', 'part', 'with'];

/**
 * The schema for reading: fields and names it does not know are allowed at every depth, because a later version may add some
 * without raising schemaVersion. What is written is held against the strict one.
 */
export function openSchema(schema: object): SchemaNode {
  // As JSON: what the library keeps in a schema for itself is no part of it.
  return opened(JSON.parse(JSON.stringify(schema)) as SchemaNode);
}

function opened({ additionalProperties: _, ...node }: SchemaNode): SchemaNode {
  return withChildren(node, (child, key) => {
    const { enum: names, ...rest } = opened(child);
    if (names === undefined) return rest;
    return GROWING.includes(key) ? { ...rest, type: 'string', examples: names } : { ...rest, enum: names };
  });
}

function schemaText(title: string, { schema }: Described): string {
  return `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', title, ...schema }, null, 2)}\n`;
}

function describe(schema: object, descriptions: Readonly<Record<string, string>>): Described {
  const undescribed: string[] = [];
  const used = new Set<string>();
  const visit = (node: SchemaNode, path: string): SchemaNode =>
    withChildren(node, (child, key) => {
      if (key === undefined) return visit(child, path);
      if (key === '[]') return visit(child, `${path}[]`);
      const childPath = path === '' ? key : `${path}.${key}`;
      const found = [childPath, `*.${key}`].find((candidate) => descriptions[candidate] !== undefined);
      if (found !== undefined) used.add(found);
      const description = child.description ?? (found === undefined ? undefined : descriptions[found]);
      if (description === undefined) undescribed.push(childPath);
      return { ...(description === undefined ? {} : { description }), ...visit(child, childPath) };
    });
  return {
    schema: visit(openSchema(schema), ''),
    undescribed,
    unused: Object.keys(descriptions).filter((path) => !used.has(path)),
  };
}

/** The node with each child replaced: a property by its key, an item by `[]`, a branch of a union without one. */
function withChildren(node: SchemaNode, replace: (child: SchemaNode, key?: string) => SchemaNode): SchemaNode {
  const { properties, items, anyOf } = node;
  return {
    ...node,
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map((branch) => replace(branch)) }),
    ...(items === undefined ? {} : { items: replace(items, '[]') }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, child]) => [key, replace(child, key)] as const),
          ),
        }),
  };
}
