/** The part of JSON Schema that scenario files are described with. */
export interface SchemaNode {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  /** What the number counts, or what it may be written in. */
  readonly unit?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly minProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly if?: SchemaNode;
  readonly else?: SchemaNode;
}

/** Keywords of ours beside those of JSON Schema, for validators that refuse what they do not know. */
export const OWN_KEYWORDS = ['unit'];

/** The schema as text for editors, without what only we can read. */
export function publicSchemaText(node: SchemaNode): string {
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', ...withoutUnits(node) };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function withoutUnits(node: SchemaNode): SchemaNode {
  const { unit: _unit, ...rest } = node;
  const mapOf = (nodes: Readonly<Record<string, SchemaNode>>) =>
    Object.fromEntries(Object.entries(nodes).map(([key, child]) => [key, withoutUnits(child)]));
  return {
    ...rest,
    ...(rest.properties && { properties: mapOf(rest.properties) }),
    ...(rest.patternProperties && { patternProperties: mapOf(rest.patternProperties) }),
    ...(rest.items && { items: withoutUnits(rest.items) }),
    ...(rest.anyOf && { anyOf: rest.anyOf.map(withoutUnits) }),
    ...(rest.if && { if: withoutUnits(rest.if) }),
    ...(rest.else && { else: withoutUnits(rest.else) }),
  };
}

/** The schema without defaults and required keys, at every depth: for values that are merged into a whole one. */
export function partialSchema(node: SchemaNode): SchemaNode {
  const { default: _default, required: _required, ...rest } = node;
  if (node.properties === undefined) return rest;
  const properties = Object.entries(node.properties).map(([key, child]) => [key, partialSchema(child)] as const);
  return { ...rest, properties: Object.fromEntries(properties) };
}

/** The schema as an author sees it: a key that has a default need not be written. */
export function authorSchema(node: SchemaNode): SchemaNode {
  const { required, ...rest } = node;
  if (node.properties === undefined) return node;
  const properties = Object.entries(node.properties).map(([key, child]) => [key, authorSchema(child)] as const);
  const mandatory = (required ?? []).filter((key) => node.properties?.[key]?.default === undefined);
  return {
    ...rest,
    ...(mandatory.length > 0 ? { required: mandatory } : {}),
    properties: Object.fromEntries(properties),
  };
}
