import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { type Static, Type } from 'typebox';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';

const Figure = Type.Object({
  what: Type.String(),
  unit: Type.String(),
  value: Type.Object({ median: Type.Number(), low: Type.Number(), high: Type.Number() }),
  samples: Type.Optional(Type.Array(Type.Number())),
});

const SavedRunSchema = Type.Object({
  schemaVersion: Type.Literal(1),
  /** ISO 8601. */
  savedAt: Type.String(),
  seed: Type.Integer(),
  machine: Type.Object({
    node: Type.String(),
    cpu: Type.String(),
    cores: Type.Integer(),
    memoryBytes: Type.Number(),
    os: Type.String(),
    git: Type.String(),
  }),
  benches: Type.Array(
    Type.Object({
      name: Type.String(),
      question: Type.String(),
      figures: Type.Array(Figure),
      bars: Type.Array(
        Type.Object({
          text: Type.String(),
          met: Type.Union([Type.Boolean(), Type.Null()]),
          observed: Type.String(),
        }),
      ),
    }),
  ),
});

/** Benches that were run, with every sample and what they were run on. */
export type SavedRun = Static<typeof SavedRunSchema>;

const fits = new Ajv().compile<SavedRun>(SavedRunSchema);

const FOLDER = 'reports/bench';

/** The file of a run: `before` is reports/bench/before.json; anything with a slash or ending in .json is a path. */
function savedRunFile(nameOrFile: string): string {
  const isPath = /[/\\]/.test(nameOrFile) || nameOrFile.endsWith('.json');
  return resolve(isPath ? nameOrFile : `${FOLDER}/${nameOrFile}.json`);
}

/** Writes a run, and its folder if need be. Throws CommandError (unavailable) when that cannot be done. */
export async function writeSavedRun(nameOrFile: string, run: SavedRun): Promise<string> {
  const file = savedRunFile(nameOrFile);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(run, null, 2)}\n`);
    return file;
  } catch (error) {
    throw unwritable(file, error);
  }
}

/** Reads a run. Throws CommandError (usage) when there is none or the file is not that of a run. */
export async function readSavedRun(nameOrFile: string): Promise<SavedRun> {
  const file = savedRunFile(nameOrFile);
  const run = await readJson(file);
  if (fits(run)) return run;
  const [misfit] = fits.errors ?? [];
  throw notSaved(file, `${misfit?.instancePath || 'it'} ${misfit?.message}`);
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw notSaved(file, error);
  }
}

function unwritable(file: string, cause: unknown): CommandError {
  return new CommandError(EXIT_CODE.unavailable, `The figures could not be written to ${file}: ${cause}`, {
    hint: 'name a file in a folder that can be written to: --save <file>',
    cause,
  });
}

function notSaved(file: string, problem: unknown): CommandError {
  return new CommandError(EXIT_CODE.usage, `expected a saved run of benches in ${file}: ${problem}`, {
    hint: 'npm run bench -- --save <name> writes one',
    cause: problem,
  });
}
