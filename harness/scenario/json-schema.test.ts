import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { DEFECTS_FILE_SCHEMA, defectsSchemaText } from './defects-file.ts';
import { SCENARIO_FILE_SCHEMA, scenarioSchemaText } from './json-schema.ts';
import { SCENARIO_FOLDER } from './scenario-file.ts';
import { SCENARIO_KEYS } from './scenario-key.ts';
import { OWN_KEYWORDS, type SchemaNode } from './schema-node.ts';

test('the committed schemas are what the code says; npm run schema writes them', () => {
  expect(readFileSync(`${SCENARIO_FOLDER}/defects.schema.json`, 'utf8')).toBe(defectsSchemaText());
  expect(readFileSync(`${SCENARIO_FOLDER}/scenario.schema.json`, 'utf8')).toBe(scenarioSchemaText());
});

test('only the question must be written', () => {
  const required = (node: SchemaNode): readonly string[] => [
    ...(node.required ?? []),
    ...Object.values(node.properties ?? {}).flatMap(required),
  ];
  expect(required(SCENARIO_FILE_SCHEMA)).toEqual(['question']);
});

test('every key says what it is and what it is when left out, those of list entries too', () => {
  // The question has no default because it must be written; the others are left out to leave out what they ask for.
  const withoutDefault = ['question', 'load.messages', 'load.open.to'];
  const gaps = SCENARIO_KEYS.flatMap(({ dotted, schema }) => [
    ...((schema.description ?? '').length > 10 ? [] : [`${dotted}: description`]),
    ...(schema.default !== undefined || withoutDefault.includes(dotted) || isOfEntry(dotted)
      ? []
      : [`${dotted}: default`]),
  ]);
  expect(gaps).toEqual([]);
  expect(SCENARIO_KEYS.length).toBeGreaterThan(60);
});

/** What an entry of the schedule leaves out does not happen; nothing stands in its place. */
function isOfEntry(dotted: string): boolean {
  return dotted.startsWith('faults.schedule.');
}

test('every dotted key of matrix and quick, and every key of a defects file, says what it is', () => {
  const undescribed = (node: SchemaNode, path: string): readonly string[] => [
    ...Object.entries(node.properties ?? {}).flatMap(([key, child]) => [
      ...((child.description ?? '').length > 10 ? [] : [`${path}${key}`]),
      ...undescribed(child, `${path}${key}.`),
    ]),
    ...undescribedItems(node, path),
  ];
  const undescribedItems = ({ items }: SchemaNode, path: string) =>
    items === undefined ? [] : undescribed(items, `${path}[].`);
  expect(undescribed(SCENARIO_FILE_SCHEMA, '')).toEqual([]);
  expect(undescribed(DEFECTS_FILE_SCHEMA, '')).toEqual([]);
});

test('every number and every duration says in what', () => {
  const isMeasured = ({ type, pattern, anyOf, items }: SchemaNode): boolean =>
    type === 'integer' ||
    type === 'number' ||
    (pattern?.includes('ms') ?? false) ||
    (anyOf ?? []).some(isMeasured) ||
    (items !== undefined && items.properties === undefined && isMeasured(items));
  const without = SCENARIO_KEYS.filter(({ schema }) => isMeasured(schema) && schema.unit === undefined);
  expect(without.map(({ dotted }) => dotted)).toEqual([]);
});

test('every example is a value its key takes', () => {
  const ajv = new Ajv({ strictTypes: false, keywords: OWN_KEYWORDS });
  const wrong = SCENARIO_KEYS.flatMap(({ dotted, schema }) =>
    (schema.examples ?? []).filter((value) => !ajv.validate(schema, value)).map((value) => [dotted, value]),
  );
  expect(wrong).toEqual([]);
});

test('what a key that is a closed list of words takes is in the schema for editors', () => {
  const schema = JSON.parse(scenarioSchemaText()) as SchemaNode;
  expect(schema.properties?.load?.properties?.route?.enum).toEqual(['push', 'push-legacy']);
  expect(schema.properties?.matrix?.properties?.['load.route']?.items?.enum).toEqual(['push', 'push-legacy']);
  expect(scenarioSchemaText()).not.toContain('"unit"');
});
