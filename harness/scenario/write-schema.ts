import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT_CODE } from '../cli/exit-code.ts';
import { defectsSchemaText } from './defects-file.ts';
import { scenarioSchemaText } from './json-schema.ts';
import { SCENARIO_FOLDER } from './scenario-file.ts';

// Writes the schemas of scenarios/; with --check it only says whether the files are what they should be.
const SCHEMAS = [
  { file: 'scenario.schema.json', text: scenarioSchemaText() },
  { file: 'defects.schema.json', text: defectsSchemaText() },
];

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

for (const { file, text } of SCHEMAS) {
  const path = resolve(SCENARIO_FOLDER, file);
  if (!values.check) {
    writeFileSync(path, text);
    process.stdout.write(`wrote scenarios/${file}\n`);
  } else if (currentText(path) === text) {
    process.stdout.write(`scenarios/${file} is up to date\n`);
  } else {
    process.stderr.write(`scenarios/${file} is not what harness/scenario/ says; run npm run schema\n`);
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
