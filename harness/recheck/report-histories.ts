import { readdir } from 'node:fs/promises';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { findReport, REPORT_HINT } from '../report/find-report.ts';

/** A report folder with the history files in it. */
export interface ReportHistories {
  readonly folder: string;
  /** Names, in the order of the runs. */
  readonly files: readonly string[];
}

const HISTORY_FILE = /^history-(\d+)\.qph$/;

/**
 * Finds the histories of a report folder.
 *
 * @throws CommandError (usage) when there is no such folder, or no history in it.
 */
export async function findHistories(path: string): Promise<ReportHistories> {
  const folder = await findReport(path);
  const names = (await readdir(folder)).filter((name) => HISTORY_FILE.test(name));
  if (names.length === 0) {
    throw new CommandError(EXIT_CODE.usage, `${folder} holds no history: no file is named history-NN.qph.`, {
      hint: `${REPORT_HINT} A run that was refused or interrupted leaves none.`,
    });
  }
  return { folder, files: names.sort((a, b) => numberOf(a) - numberOf(b)) };
}

function numberOf(name: string): number {
  return Number(HISTORY_FILE.exec(name)?.[1]);
}
