import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

export interface ReportFolder {
  readonly folder: string;
}

/** More runs of one scenario than this do not begin in one second. */
const MAX_SAME_SECOND = 1000;

/** Error codes of a platform, a file system or an account that cannot make symbolic links. */
const NO_SYMLINKS: readonly unknown[] = ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EACCES'];

/**
 * Makes `<root>/<scenario>/<UTC time>/`, the time like `2026-11-24T10-23-01Z` (no colon, for Windows); a second run in
 * the same second gets `-2` behind it. Throws the file system's error when the folder cannot be made.
 */
export async function createReportFolder(root: string, scenario: string, startedAt: Date): Promise<ReportFolder> {
  const parent = join(root, scenario);
  await mkdir(parent, { recursive: true });
  const second = `${startedAt.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
  for (let attempt = 1; ; attempt += 1) {
    const folder = join(parent, attempt === 1 ? second : `${second}-${attempt}`);
    try {
      await mkdir(folder);
      return { folder };
    } catch (error) {
      if (codeOf(error) !== 'EEXIST' || attempt === MAX_SAME_SECOND) throw error;
    }
  }
}

/**
 * Points `<root>/latest` to a report folder. The link is made beside and renamed, so that a reader finds the old or the new
 * one, never none. Where links cannot be made, `latest` is a text file that holds the folder's path.
 */
export async function pointLatest(root: string, folder: string): Promise<void> {
  const latest = join(root, 'latest');
  const beside = join(root, `.latest-${process.pid}`);
  const target = relative(root, folder);
  await rm(beside, { force: true });
  try {
    await symlink(target, beside, 'dir');
  } catch (error) {
    if (!NO_SYMLINKS.includes(codeOf(error))) throw error;
    await writeFile(beside, `${target}\n`);
  }
  await rename(beside, latest);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
