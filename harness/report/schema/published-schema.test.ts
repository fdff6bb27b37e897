import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { passedResult, sampleResult, sweepResult } from '../../test/sample-result.ts';
import { ResultSchema } from '../result.ts';
import {
  defectsResultSchemaText,
  describedDefects,
  describedResult,
  openSchema,
  resultSchemaText,
} from './published-schema.ts';

const DOCS = resolve(import.meta.dirname, '../../../docs');

test('every field of a result says what it is, and nothing is said of a field that is not there', () => {
  for (const { undescribed, unused } of [describedResult(), describedDefects()]) {
    expect({ undescribed, unused }).toEqual({ undescribed: [], unused: [] });
  }
});

test('the committed schemas are what the code says; npm run schema writes them', () => {
  expect(readFileSync(`${DOCS}/result.schema.json`, 'utf8')).toBe(resultSchemaText());
  expect(readFileSync(`${DOCS}/defects-result.schema.json`, 'utf8')).toBe(defectsResultSchemaText());
});

test('the published schema takes results, fields of later versions among them, and refuses what is none', () => {
  const fits = new Ajv({ allErrors: true }).compile(JSON.parse(resultSchemaText()));
  for (const result of [sampleResult(), passedResult(), sweepResult()]) {
    expect([fits(result), fits.errors]).toEqual([true, null]);
  }
  const [arm, ...arms] = sampleResult().arms;
  const later = { ...sampleResult(), arms: [{ ...arm, colour: 'blue' }, ...arms], mood: 'good' };
  expect(fits(later)).toBe(true);
  expect(new Ajv().compile(ResultSchema)(later)).toBe(false);
  const faults = arm?.faults?.map((fault) => ({ ...fault, kind: 'meteor' }));
  expect(fits({ ...sampleResult(), arms: [{ ...arm, faults }] })).toBe(true);
  expect(fits({ ...sampleResult(), verdict: 'splendid' })).toBe(false);
  expect(fits({ ...sampleResult(), seed: 'seven' })).toBe(false);
  expect(fits({ ...sampleResult(), arms: [{ ...arm, name: 7 }] })).toBe(false);
  expect(fits({ ...sampleResult(), schemaVersion: 2 })).toBe(false);
});

test('a schema is opened at every depth, in lists and in unions', () => {
  const closed = { type: 'object', additionalProperties: false, properties: {} };
  const text = JSON.stringify(openSchema({ ...closed, items: closed, anyOf: [closed], properties: { a: closed } }));
  expect(text).not.toContain('additionalProperties');
});
