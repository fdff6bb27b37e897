import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { shownPath } from '../cli/shown-path.ts';
import { type MeasuredResult, readMeasuredResult } from '../report/measured-result.ts';
import { printable } from '../report/printable.ts';

/** A result and where it is. */
export interface FoundResult {
  readonly file: string;
  readonly result: MeasuredResult;
}

export interface FoundResults {
  /** By the time they were started. */
  readonly results: readonly FoundResult[];
  /** Files that cannot be used, each a sentence. */
  readonly broken: readonly string[];
}

const RESULT = 'result.json';
/** reports/<scenario>/<time>/result.json, seen from reports/. */
const DEEPEST = 2;

/**
 * Reads every result.json in the folders and up to two levels below them, each once (`latest` is a link to one of the others).
 * A file that cannot be used is named and left out. Throws CommandError (usage) for a folder that is none, and when there is no
 * result in any.
 */
export async function findResults(folders: readonly string[]): Promise<FoundResults> {
  const files = new Set<string>();
  for (const folder of folders) for (const file of await resultFiles(folder)) files.add(await realpath(file));
  const results: FoundResult[] = [];
  const broken: string[] = [];
  for (const file of [...files].toSorted()) {
    const result = await readMeasuredResult(file);
    if (typeof result === 'string') broken.push(`${shownPath(file)} ${result}`);
    else results.push({ file, result });
  }
  if (files.size === 0) {
    throw new CommandError(EXIT_CODE.usage, `there is no ${RESULT} in ${folders.map(printable).join(', ')}`, {
      hint: 'Name a folder of reports: reports, reports/<scenario>, or one or more reports/<scenario>/<time>.',
    });
  }
  return { results: results.toSorted((a, b) => startOf(a) - startOf(b)), broken };
}

function startOf({ result }: FoundResult): number {
  return Date.parse(result.startedAt);
}

async function resultFiles(folder: string): Promise<readonly string[]> {
  const problem = await folderProblem(folder);
  if (problem === undefined) return await filesBelow(folder, DEEPEST);
  throw new CommandError(EXIT_CODE.usage, `expected a folder of reports: ${printable(folder)} ${printable(problem)}`, {
    hint: 'Reports are in reports/<scenario>/<time>/ unless --reports named another folder.',
  });
}

async function folderProblem(folder: string): Promise<string | undefined> {
  try {
    return (await stat(folder)).isDirectory() ? undefined : 'is no folder';
  } catch (error) {
    return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Links are not followed, so that none leads in a circle or elsewhere; a folder that was named may be one. */
async function filesBelow(folder: string, levels: number): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const here = entries.filter((entry) => entry.isFile() && entry.name === RESULT).map(({ name }) => join(folder, name));
  if (levels === 0) return here;
  const below = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => filesBelow(join(folder, name), levels - 1));
  return [...here, ...(await Promise.all(below)).flat()];
}
