import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { CommandError } from '../cli/exit-code.ts';
import { listScenarios } from './list-scenarios.ts';
import { loadPlan } from './load-plan.ts';
import { loadScenario } from './load-scenario.ts';
import { SCENARIO_FOLDER, scenarioNames } from './scenario-file.ts';

/** Of files that are scenarios; the others name the schema of their own kind. */
const ownScenarios = scenarioNames().filter((name) => name !== 'defects');

const editorSchema = new Ajv({ strictTypes: false }).compile(
  JSON.parse(readFileSync(`${SCENARIO_FOLDER}/scenario.schema.json`, 'utf8')),
);

test.each(ownScenarios)('%s satisfies the editor schema, loads with and without --quick, and is quick then', (name) => {
  const text = readFileSync(`${SCENARIO_FOLDER}/${name}.yaml`, 'utf8');
  expect(text.startsWith('# yaml-language-server: $schema=./scenario.schema.json\n')).toBe(true);
  const file: { quick?: object } = parse(text);
  editorSchema(file);
  expect(editorSchema.errors ?? []).toEqual([]);
  expect(file.quick).toBeDefined();
  expect(loadScenario(name, { sets: [], quick: false }).file).toBe(`scenarios/${name}.yaml`);
  expect(loadScenario(name, { sets: [], quick: true }).estimatedMs).toBeLessThan(70_000);
});

test('defects satisfies the editor schema of its kind and loads', () => {
  const schema = new Ajv({ strictTypes: false }).compile(
    JSON.parse(readFileSync(`${SCENARIO_FOLDER}/defects.schema.json`, 'utf8')),
  );
  const text = readFileSync(`${SCENARIO_FOLDER}/defects.yaml`, 'utf8');
  expect(text.startsWith('# yaml-language-server: $schema=./defects.schema.json\n')).toBe(true);
  schema(parse(text));
  expect(schema.errors ?? []).toEqual([]);
  expect(loadPlan('defects', { sets: [], quick: false }).file).toBe('scenarios/defects.yaml');
});

test('the editor schema refuses what the loader refuses', () => {
  for (const scenario of [
    {},
    { question: 'Q', laod: {} },
    { question: 'Q', matrix: { 'load.batch': ['x'] } },
    { question: 'Q', quick: { rounds: [1] } },
  ]) {
    expect(editorSchema(scenario)).toBe(false);
  }
});

test('the list tells the question, the runs and the time; the main jobs keep their promises', () => {
  const list = new Map(listScenarios().map((summary) => [summary.name, summary]));
  expect(list.get('push-vs-legacy')?.runs).toBe(12);
  expect(list.get('push-vs-legacy')?.estimatedMs).toBeLessThan(120_000);
  expect(list.get('smoke')?.estimatedMs).toBeLessThan(20_000);
  expect(list.get('seed-validation')?.question).toMatch(/\?$/);
});

test.each([
  ['smok', 'unknown scenario "smok"; did you mean "smoke"?', '--list'],
  ['./nowhere.yaml', 'expected a scenario file at nowhere.yaml, got nothing there', '--list'],
  ['harness/', 'expected a scenario file at harness, got a folder', '--list'],
  ['tmp/latest.yaml', 'got "latest.yaml"', 'rename the file'],
])('refuses %s', (nameOrPath, message, hint) => {
  const load = () => loadScenario(nameOrPath, { sets: [], quick: false });
  expect(load).toThrow(CommandError);
  expect(load).toThrow(
    expect.objectContaining({
      exitCode: 64,
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    }),
  );
});
