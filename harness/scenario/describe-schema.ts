import type { SchemaNode } from './schema-node.ts';

const LONGEST_QUOTE = 60;

/** What a schema accepts, in words: `a whole number from 1 to 64`, `one of push, push-legacy`. */
export function describeExpected(schema: SchemaNode): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(describeExpected).join(' or ');
  if (schema.else !== undefined) return `${describeExpected(schema.else)} or a list of such values`;
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  if (schema.const !== undefined) return `the word ${String(schema.const)}`;
  switch (schema.type) {
    case 'integer':
    case 'number':
      return `a ${schema.type === 'integer' ? 'whole number' : 'number'} from ${schema.minimum} to ${schema.maximum}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list of ${schema.minItems ? 'one or more values' : 'values'}, each ${describeExpected(schema.items ?? {})}`;
    case 'object':
      return `a map${schema.properties === undefined ? '' : ` with keys of ${Object.keys(schema.properties).join(', ')}`}`;
    case 'string':
      return `${schema.title ?? 'text'}${schema.examples === undefined ? '' : ` such as ${listWords(schema.examples)}`}`;
    default:
      return 'a value';
  }
}

/** What came instead, short enough for one line and without passwords. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value !== 'string') return String(value);
  const text = withoutPassword(value);
  return JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text);
}

/** The text with the password of any URL in it taken out. */
export function withoutPassword(text: string): string {
  return text.replace(/(\/\/[^:@/\s]*):\S*@/g, '$1@').replace(/([?&]password=)[^&\s]*/g, '$1');
}

function listWords(words: readonly unknown[]): string {
  const all = words.map(String);
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`;
}
