import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import type { Progress } from '../cli/progress.ts';
import { createReportFolder, pointLatest } from '../report/report-folder.ts';

/**
 * Makes the report folder of a run and writes down what will be run.
 *
 * @throws CommandError (unavailable) when that cannot be written.
 */
export async function openReport(
  reportsRoot: string,
  name: string,
  startedAt: Date,
  what: { readonly file: string; readonly text: string },
): Promise<string> {
  try {
    const { folder } = await createReportFolder(reportsRoot, name, startedAt);
    await writeFile(join(folder, what.file), what.text);
    return folder;
  } catch (error) {
    throw unusableFolder(reportsRoot, error);
  }
}

/** Points `latest` to the report; where that fails the report is still there, so it is only told. */
export async function pointLatestTo(reportsRoot: string, folder: string, progress: Progress): Promise<void> {
  try {
    await pointLatest(reportsRoot, folder);
  } catch (error) {
    progress.fail(`${join(reportsRoot, 'latest')} could not be pointed to this run: ${textOf(error)}`);
  }
}

function unusableFolder(reportsRoot: string, cause: unknown): CommandError {
  return new CommandError(EXIT_CODE.unavailable, `No report folder can be made in ${reportsRoot}: ${textOf(cause)}`, {
    hint: 'Name a folder that can be written to: --reports <folder>',
    cause,
  });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
