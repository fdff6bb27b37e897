import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { type DefectsResult, DefectsResultSchema } from './defects-result.ts';
import { findReport, REPORT_HINT } from './find-report.ts';
import { printable } from './printable.ts';
import { type Result, ResultSchema } from './result.ts';
import { openSchema } from './schema/published-schema.ts';

/** A result as it was read from a report folder. */
export type StoredResult =
  | { readonly kind: 'run'; readonly folder: string; readonly result: Result }
  | { readonly kind: 'defects'; readonly folder: string; readonly result: DefectsResult };

/** What this version writes, and can read. */
const SCHEMA_VERSION = ResultSchema.properties.schemaVersion.const;

const SHOWN_MISFITS = 5;

const ajv = new Ajv({ allErrors: true });
const isRun = ajv.compile<Result>(openSchema(ResultSchema));
const isDefects = ajv.compile<DefectsResult>(openSchema(DefectsResultSchema));

/**
 * Reads the result.json of a report folder, of a run or of a run of defects.
 *
 * @throws CommandError (usage) when there is none, or none that this version can read.
 */
export async function readStoredResult(path: string): Promise<StoredResult> {
  const folder = await findReport(path);
  const file = join(folder, 'result.json');
  const value = parse(await readText(file), file);
  checkVersion(value, file);
  if ('trials' in value) return { kind: 'defects', folder, result: fitting(isDefects, value, file) };
  return { kind: 'run', folder, result: fitting(isRun, value, file) };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw missing(error);
  }
}

function missing(cause: unknown): CommandError {
  const hint = `${REPORT_HINT} A run that was stopped before anything was measured leaves no result.`;
  return new CommandError(EXIT_CODE.usage, `There is no result to read: ${textOf(cause)}`, { hint, cause });
}

function parse(text: string, file: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadable(
      file,
      `it is no JSON: ${textOf(error)}`,
      'The file is damaged or cut off; run the scenario again.',
    );
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw unreadable(file, 'expected an object', REPORT_HINT);
}

function checkVersion(value: object, file: string): void {
  const version = 'schemaVersion' in value ? value.schemaVersion : undefined;
  if (version === SCHEMA_VERSION) return;
  if (typeof version !== 'number') {
    throw unreadable(file, 'it has no schemaVersion, so queueproof did not write it', REPORT_HINT);
  }
  const age = version > SCHEMA_VERSION ? 'a newer' : 'an older';
  const hint = `Read it with the version of queueproof that wrote it: environment.git of the file names its commit.`;
  throw unreadable(
    file,
    `${age} queueproof wrote it: schemaVersion ${version}, and this one reads ${SCHEMA_VERSION}`,
    hint,
  );
}

function fitting<Read>(fits: ValidateFunction<Read>, value: unknown, file: string): Read {
  if (fits(value)) return value;
  const misfits = (fits.errors ?? []).map(({ instancePath, message }) => `${instancePath || 'the result'} ${message}`);
  const rest = misfits.length > SHOWN_MISFITS ? `; and ${misfits.length - SHOWN_MISFITS} more` : '';
  const hint = 'docs/result.md and docs/result.schema.json say what a result holds.';
  throw unreadable(file, `it is not what a result is: ${misfits.slice(0, SHOWN_MISFITS).join('; ')}${rest}`, hint);
}

function unreadable(file: string, why: string, hint: string): CommandError {
  return new CommandError(EXIT_CODE.usage, `${file} cannot be read as a result: ${printable(why)}`, { hint });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
