import { describeExpected } from '../scenario/describe-schema.ts';
import { keyUsage } from '../scenario/key-usage.ts';
import { SCENARIO_KEYS, type ScenarioKey, scenarioKey } from '../scenario/scenario-key.ts';
import type { SchemaNode } from '../scenario/schema-node.ts';
import { alignRows } from './aligned-rows.ts';
import { textWidth, wrapText } from './text-width.ts';

const MAX_WIDTH = 100;
const INDENT = '  ';
const LABEL_COLUMNS = 10;
const LONGEST_DEFAULT = 24;

/**
 * What --explain says of a key: what it is, what it takes, its default, an example, and which shipped scenarios use it; of a
 * group, also the keys in it; without a key, all there are. Text without a line break at its end.
 *
 * @throws CommandError (usage) for a key that is none.
 */
export function renderExplanation(dotted: string | undefined, width: number): string {
  const columns = Math.min(MAX_WIDTH, width);
  if (dotted === undefined) {
    const hint = 'npm run scenario -- --explain load.batch tells more of one key or group.';
    return [...keyTable(SCENARIO_KEYS, columns), '', ...wrapText(hint, columns, 0)].join('\n');
  }
  const key = scenarioKey(dotted);
  const inside = SCENARIO_KEYS.filter((other) => other.dotted.startsWith(`${key.dotted}.`));
  return [
    key.dotted,
    ...wrapped(key.schema.description ?? '', columns, INDENT),
    '',
    ...facts(key).flatMap(([label, text]) => factLines(label, text, columns)),
    ...(inside.length === 0 ? [] : ['', ...keyTable(inside, columns)]),
  ].join('\n');
}

function facts({ dotted, schema, isRequired, isVariable }: ScenarioKey): readonly (readonly [string, string])[] {
  const { writing, varying } = keyUsage(dotted);
  const usage = writing.map((name) => (varying.includes(name) ? `${name} (varies it)` : name)).join(', ');
  const example = exampleOf(schema);
  const text = JSON.stringify(example);
  const isList = schema.type === 'array';
  return [
    ...(schema.properties === undefined ? [['takes', describeExpected(schema)] as const] : []),
    ...(schema.unit === undefined ? [] : [['unit', schema.unit] as const]),
    ...(schema.properties === undefined
      ? [['default', isRequired ? 'none: it must be written' : defaultOf(schema)] as const]
      : []),
    ...(example === undefined ? [] : [['example', `${dotted.split('.').at(-1)}: ${flow(example)}`] as const]),
    ...(example === undefined || !isSettable(dotted)
      ? []
      : [['', `--set ${quoted(`${dotted}=${flow(example)}`)}`] as const]),
    ...(isVariable && !isList && text !== undefined && schema.properties === undefined
      ? [['', `matrix: { ${dotted}: ${flow(variants(schema))} }`] as const]
      : []),
    ['used by', usage === '' ? 'no shipped scenario' : usage],
  ];
}

/** Keys of list entries, of the question and of the two maps of dotted keys are not set one by one. */
function isSettable(dotted: string): boolean {
  return !['question', 'matrix', 'quick'].includes(dotted) && !dotted.startsWith('faults.schedule.');
}

function defaultOf({ default: value }: SchemaNode): string {
  return value === undefined ? 'none: it may be left out' : flow(value);
}

/** A value that is not the default, where there is one. */
function exampleOf(schema: SchemaNode): unknown {
  const values = [
    ...(schema.examples ?? []),
    ...(schema.enum ?? []),
    ...(schema.type === 'boolean' ? [true, false] : []),
  ];
  const other = values.find((value) => JSON.stringify(value) !== JSON.stringify(schema.default));
  return other ?? values[0];
}

/** Values to try in a matrix: the default and the examples beside it. */
function variants(schema: SchemaNode): readonly unknown[] {
  const values = [schema.default, ...(schema.enum ?? schema.examples ?? [exampleOf(schema)])];
  const known = values.filter((value) => value !== undefined);
  const few = [...new Set(known)].slice(0, 3);
  return few.every((value) => typeof value === 'number') ? few.toSorted((a, b) => a - b) : few;
}

/** A value as YAML on one line, as people write it. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, child]) => `${key}: ${flow(child)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  const text = String(value);
  return typeof value === 'string' && !/^[A-Za-z0-9][\w./:=> -]*[\w?]$|^[a-z0-9]$/i.test(text)
    ? JSON.stringify(text)
    : text;
}

/** For a shell. */
function quoted(word: string): string {
  return /^[\w./:=,@-]+$/.test(word) ? word : `'${word}'`;
}

function keyTable(keys: readonly ScenarioKey[], columns: number): readonly string[] {
  const rows = keys.map(({ dotted, schema, isRequired }) => {
    const value = schema.properties !== undefined ? '' : isRequired ? 'required' : shortDefault(schema);
    return [dotted, value];
  });
  const [aligned, room] = fitted(alignRows([['key', 'default'], ...rows], []), columns);
  return aligned.flatMap((line, index) => {
    const text = index === 0 ? 'meaning' : (keys[index - 1]?.schema.description ?? '');
    const [first = '', ...others] = wrapText(text, room, 0);
    return [`${line}${first}`.trimEnd(), ...others.map((other) => ' '.repeat(textWidth(line)) + other)];
  });
}

/** Left columns padded to one width, and what that leaves for the meaning. */
function fitted(lines: readonly string[], columns: number): readonly [readonly string[], number] {
  const left = Math.max(...lines.map(textWidth)) + INDENT.length;
  return [lines.map((line) => line + ' '.repeat(left - textWidth(line))), Math.max(20, columns - left)];
}

function shortDefault(schema: SchemaNode): string {
  if (schema.default === undefined) return '–';
  const text = flow(schema.default);
  return text.length > LONGEST_DEFAULT ? '(a list)' : text;
}

function factLines(label: string, text: string, columns: number): readonly string[] {
  const indent = INDENT + ' '.repeat(LABEL_COLUMNS);
  const [first = '', ...others] = wrapped(text, columns, indent);
  return [`${INDENT}${label.padEnd(LABEL_COLUMNS)}${first.slice(indent.length)}`, ...others];
}

function wrapped(text: string, columns: number, indent: string): readonly string[] {
  return wrapText(text, columns - indent.length, 0).map((line) => indent + line);
}
