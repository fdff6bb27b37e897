import { readdirSync, readFileSync } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { suggestion } from './nearest-word.ts';

/** Folder of the scenarios that come with queueproof. */
export const SCENARIO_FOLDER = resolve(import.meta.dirname, '../../scenarios');

const EXTENSION = /\.ya?ml$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** Names that reports/ uses for other things. */
export const RESERVED_NAMES = ['latest', 'baselines', 'bench'];

/** A scenario file as it was read. */
export interface ScenarioFile {
  readonly name: string;
  /** As shown to users: relative to the working directory when it lies below it. */
  readonly file: string;
  readonly text: string;
}

/** Names of the scenarios in the folder, sorted. */
export function scenarioNames(folder: string = SCENARIO_FOLDER): readonly string[] {
  return readdirSync(folder)
    .filter((file) => EXTENSION.test(file))
    .map((file) => file.replace(EXTENSION, ''))
    .sort();
}

/**
 * Reads a scenario by its name, or by a path (anything with a slash or ending in .yaml). Throws CommandError (usage) for
 * an unknown name, a file that cannot be read, and a file name that could not name a report folder.
 */
export function readScenarioFile(nameOrPath: string): ScenarioFile {
  const isPath = /[/\\]/.test(nameOrPath) || EXTENSION.test(nameOrPath);
  const names = isPath ? [] : scenarioNames();
  if (!isPath && !names.includes(nameOrPath)) {
    const message = `unknown scenario ${JSON.stringify(nameOrPath)}${suggestion(nameOrPath, names)}`;
    throw new CommandError(EXIT_CODE.usage, message, {
      hint: 'npm run scenario -- --list shows all scenarios; a path to a YAML file works too',
    });
  }
  const path = isPath ? resolve(nameOrPath) : resolve(SCENARIO_FOLDER, `${nameOrPath}.yaml`);
  const name = basename(path).replace(EXTENSION, '');
  if (!NAME.test(name) || RESERVED_NAMES.includes(name)) {
    const message = `expected a scenario file named with letters, digits, _ . and -, got ${JSON.stringify(basename(path))}`;
    throw new CommandError(EXIT_CODE.usage, message, {
      hint: `reports go to reports/<name>/, where ${RESERVED_NAMES.join(' and ')} are taken; rename the file`,
    });
  }
  const read = readText(path);
  if (read.text === undefined) {
    throw new CommandError(EXIT_CODE.usage, `expected a scenario file at ${shownPath(path)}, got ${read.reason}`, {
      hint: 'npm run scenario -- --list shows the scenarios that can be run by name',
    });
  }
  return { name, file: shownPath(path), text: read.text };
}

function readText(path: string): { readonly text: string } | { readonly text: undefined; readonly reason: string } {
  try {
    return { text: readFileSync(path, 'utf8') };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'nothing there',
      EISDIR: 'a folder',
      EACCES: 'no permission to read it',
    };
    return { text: undefined, reason: reasons[code ?? ''] ?? String(error) };
  }
}

function shownPath(path: string): string {
  const below = relative(process.cwd(), path);
  return below.startsWith('..') ? path : below;
}
