import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { defectsSchemaText } from './defects-file.ts';
import { SCENARIO_FILE_SCHEMA, scenarioSchemaText } from './json-schema.ts';
import { SCENARIO_FOLDER } from './scenario-file.ts';
import type { SchemaNode } from './schema-node.ts';

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

test('every key says what it is and what it is when left out', () => {
  // The question has no default because it must be written; without a number of messages the load runs for a duration,
  // and without a rate to end at it keeps its rate.
  const withoutDefault = ['question', 'load.messages', 'load.open.to'];
  // What the dotted keys of these two mean stands at the keys they name.
  const dottedMaps = ['matrix', 'quick'];
  const gaps = (node: SchemaNode, parents: readonly string[]): readonly string[] =>
    Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
      const dotted = [...parents, key].join('.');
      return [
        ...((child.description ?? '').length > 10 ? [] : [`${dotted}: description`]),
        ...(child.default !== undefined || withoutDefault.includes(dotted) ? [] : [`${dotted}: default`]),
        ...(dottedMaps.includes(dotted) ? [] : gaps(child, [...parents, key])),
      ];
    });
  expect(gaps(SCENARIO_FILE_SCHEMA, [])).toEqual([]);
});
