import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { renderDefectsMarkdown } from './defects-markdown.ts';
import type { DefectsResult } from './defects-result.ts';
import { ERRORS_FILE, renderErrorsMarkdown } from './errors-markdown.ts';
import { renderHtml } from './html/page.ts';
import { renderDefectsJUnit } from './junit/defects-suites.ts';
import { renderJUnit } from './junit/result-suites.ts';
import { renderMarkdown } from './markdown.ts';
import type { Result } from './result.ts';

/** Renderings of a result that are files of the report folder. */
export const FILE_FORMATS = ['html', 'md', 'errors', 'junit'] as const;

export type FileFormat = (typeof FILE_FORMATS)[number];

const NAMES: Readonly<Record<FileFormat, string>> = Object.freeze({
  html: 'report.html',
  md: 'report.md',
  errors: ERRORS_FILE,
  junit: 'junit.xml',
});

const RENDERERS: Readonly<Record<FileFormat, (result: Result) => string | Promise<string>>> = Object.freeze({
  html: renderHtml,
  md: renderMarkdown,
  errors: renderErrorsMarkdown,
  junit: renderJUnit,
});

/** A run of defects has no page: its table is all there is to see. */
const DEFECTS_RENDERERS: Readonly<Partial<Record<FileFormat, (result: DefectsResult) => string>>> = Object.freeze({
  md: renderDefectsMarkdown,
  junit: renderDefectsJUnit,
});

export interface ReportFile {
  readonly name: string;
  readonly text: string;
}

/** The files of a run's report, in the formats asked for. */
export async function reportFiles(
  result: Result,
  formats: readonly FileFormat[] = FILE_FORMATS,
): Promise<readonly ReportFile[]> {
  return await Promise.all(
    formats.map(async (format) => ({ name: NAMES[format], text: await RENDERERS[format](result) })),
  );
}

/** The files of a report of defects; a format that it has not is left out. */
export function defectsReportFiles(
  result: DefectsResult,
  formats: readonly FileFormat[] = FILE_FORMATS,
): readonly ReportFile[] {
  return formats.flatMap((format) => {
    const render = DEFECTS_RENDERERS[format];
    return render === undefined ? [] : [{ name: NAMES[format], text: render(result) }];
  });
}

/**
 * Writes files into an existing folder and gives back their paths.
 *
 * @throws CommandError (unavailable) when one cannot be written.
 */
export async function writeReportFiles(folder: string, files: readonly ReportFile[]): Promise<readonly string[]> {
  const paths = files.map(({ name }) => join(folder, name));
  try {
    await Promise.all(files.map(({ text }, index) => writeFile(paths[index] ?? '', text)));
  } catch (error) {
    throw unwritable(folder, error);
  }
  return paths;
}

function unwritable(folder: string, cause: unknown): CommandError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CommandError(EXIT_CODE.unavailable, `The report cannot be written: ${why}`, {
    hint: `See that ${folder} can be written to and its disk is not full; result.json says all that a report shows.`,
    cause,
  });
}
