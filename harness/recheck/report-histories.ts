import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';

/** A report folder with the history files in it. */
export interface ReportHistories {
  readonly folder: string;
  /** Names, in the order of the runs. */
  readonly files: readonly string[];
}

const HISTORY_FILE = /^history-(\d+)\.qph$/;

/** A `latest` that is no link holds a path; nothing longer is one. */
const LONGEST_PATH_BYTES = 4096;

const HINT = 'Name a report folder, such as reports/latest or reports/<scenario>/<time>.';

/**
 * Finds the histories of a report folder; `latest` is followed, as a link or as the text file that stands for one where
 * links cannot be made.
 *
 * @throws CommandError (usage) when there is no such folder, or no history in it.
 */
export async function findHistories(path: string): Promise<ReportHistories> {
  const folder = await folderAt(path);
  const names = (await readdir(folder)).filter((name) => HISTORY_FILE.test(name));
  if (names.length === 0) {
    throw new CommandError(EXIT_CODE.usage, `${folder} holds no history: no file is named history-NN.qph.`, {
      hint: `${HINT} A run that was refused or interrupted leaves none.`,
    });
  }
  return { folder, files: names.sort((a, b) => numberOf(a) - numberOf(b)) };
}

function numberOf(name: string): number {
  return Number(HISTORY_FILE.exec(name)?.[1]);
}

async function folderAt(path: string): Promise<string> {
  const found = await stat(path).catch((error: unknown) => missing(path, error));
  if (found.isDirectory()) return path;
  if (found.isFile() && found.size <= LONGEST_PATH_BYTES) {
    const named = resolve(dirname(path), (await readFile(path, 'utf8')).trim());
    const target = await stat(named).catch(() => undefined);
    if (target?.isDirectory() === true) return named;
  }
  throw new CommandError(EXIT_CODE.usage, `${path} is a file, not a report folder.`, { hint: HINT });
}

async function missing(path: string, cause: unknown): Promise<never> {
  const link = await lstat(path).catch(() => undefined);
  const what = link?.isSymbolicLink()
    ? `${path} points to ${await readlink(path)}, which is not there.`
    : `There is no folder ${path} (${cause instanceof Error ? cause.message : cause}).`;
  throw new CommandError(EXIT_CODE.usage, what, { hint: HINT, cause });
}
