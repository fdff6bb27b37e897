import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT_CODE } from '../cli/exit-code.ts';
import { scenarioSchemaText } from './json-schema.ts';
import { SCENARIO_FOLDER } from './scenario-file.ts';

// Writes scenarios/scenario.schema.json; with --check it only says whether the file is what it should be.
const SHOWN_FILE = 'scenarios/scenario.schema.json';
const file = resolve(SCENARIO_FOLDER, 'scenario.schema.json');

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

if (!values.check) {
  writeFileSync(file, scenarioSchemaText());
  process.stdout.write(`wrote ${SHOWN_FILE}\n`);
} else if (currentText() === scenarioSchemaText()) {
  process.stdout.write(`${SHOWN_FILE} is up to date\n`);
} else {
  process.stderr.write(`${SHOWN_FILE} is not what harness/scenario/scenario.ts says; run npm run schema\n`);
  process.exitCode = EXIT_CODE.proofFailed;
}

function currentText(): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
