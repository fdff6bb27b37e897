import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ValidateFunction } from 'ajv';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { shownPath } from '../cli/shown-path.ts';
import { printable } from '../report/printable.ts';

/** A kind of file that the gate keeps: what it is called, how one is made, and its schema. */
export interface StoredKind<Stored> {
  readonly what: string;
  readonly hint: string;
  readonly fits: ValidateFunction<Stored>;
}

/** Reads a file of this kind. Throws CommandError (usage) when there is none, or the file is not one. */
export async function readStored<Stored>(file: string, kind: StoredKind<Stored>): Promise<Stored> {
  const value = await readJson(file, kind);
  if (kind.fits(value)) return value;
  throw notStored(file, kind, misfit(kind));
}

/** Writes one, and its folder if need be. Throws CommandError: internal when it does not fit, unavailable when it cannot. */
export async function writeStored<Stored>(file: string, stored: Stored, kind: StoredKind<Stored>): Promise<void> {
  if (!kind.fits(stored)) {
    throw new CommandError(EXIT_CODE.internal, `The ${kind.what} does not fit its schema: ${misfit(kind)}`, {
      hint: 'This is a defect of queueproof; nothing was written.',
    });
  }
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(stored, null, 2)}\n`);
  } catch (error) {
    throw unwritable(file, kind, error);
  }
}

async function readJson<Stored>(file: string, kind: StoredKind<Stored>): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw notStored(file, kind, error);
  }
}

function misfit<Stored>({ fits }: StoredKind<Stored>): string {
  const [error] = fits.errors ?? [];
  return `${error?.instancePath || 'it'} ${error?.message}`;
}

function notStored<Stored>(file: string, { what, hint }: StoredKind<Stored>, cause: unknown): CommandError {
  const problem = printable(cause instanceof Error ? cause.message : String(cause));
  return new CommandError(EXIT_CODE.usage, `expected a ${what} in ${shownPath(file)}: ${problem}`, { hint, cause });
}

function unwritable<Stored>(file: string, { what }: StoredKind<Stored>, cause: unknown): CommandError {
  return new CommandError(EXIT_CODE.unavailable, `the ${what} could not be written to ${shownPath(file)}: ${cause}`, {
    hint: 'Choose a folder that can be written, or free some space.',
    cause,
  });
}
