import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT_CODE } from '../cli/exit-code.ts';
import { defectsResultSchemaText, resultSchemaText } from '../report/schema/published-schema.ts';
import { defectsSchemaText } from './defects-file.ts';
import { scenarioSchemaText } from './json-schema.ts';

// Writes the schemas of scenarios and results; with --check it only says whether the files are what they should be.
const ROOT = resolve(import.meta.dirname, '../..');
const SCHEMAS = [
  { file: 'scenarios/scenario.schema.json', text: scenarioSchemaText() },
  { file: 'scenarios/defects.schema.json', text: defectsSchemaText() },
  { file: 'docs/result.schema.json', text: resultSchemaText() },
  { file: 'docs/defects-result.schema.json', text: defectsResultSchemaText() },
];

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

for (const { file, text } of SCHEMAS) {
  const path = resolve(ROOT, file);
  if (!values.check) {
    writeFileSync(path, text);
    process.stdout.write(`wrote ${file}\n`);
  } else if (currentText(path) === text) {
    process.stdout.write(`${file} is up to date\n`);
  } else {
    process.stderr.write(`${file} is not what harness/ says; run npm run schema\n`);
    process.exitCode = EXIT_CODE.proofFailed;
  }
}

function currentText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
