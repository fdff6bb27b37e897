import { lstat, readFile, readlink, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';

/** A `latest` that is no link holds a path; nothing longer is one. */
const LONGEST_PATH_BYTES = 4096;

/** What to name where a report folder is asked for. */
export const REPORT_HINT = 'Name a report folder, such as reports/latest or reports/<scenario>/<time>.';

/**
 * The report folder at a path; `latest` is followed, as a link or as the text file that stands for one where links cannot
 * be made.
 *
 * @throws CommandError (usage) when there is no such folder.
 */
export async function findReport(path: string): Promise<string> {
  const found = await stat(path).catch((error: unknown) => missing(path, error));
  if (found.isDirectory()) return path;
  if (found.isFile() && found.size <= LONGEST_PATH_BYTES) {
    const named = resolve(dirname(path), (await readFile(path, 'utf8')).trim());
    const target = await stat(named).catch(() => undefined);
    if (target?.isDirectory() === true) return named;
  }
  throw new CommandError(EXIT_CODE.usage, `${path} is a file, not a report folder.`, { hint: REPORT_HINT });
}

async function missing(path: string, cause: unknown): Promise<never> {
  const link = await lstat(path).catch(() => undefined);
  const what = link?.isSymbolicLink()
    ? `${path} points to ${await readlink(path)}, which is not there.`
    : `There is no folder ${path} (${cause instanceof Error ? cause.message : cause}).`;
  throw new CommandError(EXIT_CODE.usage, what, { hint: REPORT_HINT, cause });
}
