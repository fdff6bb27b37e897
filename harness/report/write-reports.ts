import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { ERRORS_FILE, renderErrorsMarkdown } from './errors-markdown.ts';
import { renderHtml } from './html/page.ts';
import { renderMarkdown } from './markdown.ts';
import { type Result, ResultSchema } from './result.ts';

const fits = new Ajv({ allErrors: true }).compile<Result>(ResultSchema);

/**
 * Writes `result.json`, `report.md`, `report.html` and `errors.md` into an existing folder and gives back their paths. Nothing is
 * written when the result does not fit its schema: scripts rely on it, so that is an internal error (exit code 70).
 */
export async function writeReports(folder: string, result: Result): Promise<readonly string[]> {
  if (!fits(result)) throw misfit();
  const files = [
    { path: join(folder, 'result.json'), text: resultJson(result) },
    { path: join(folder, 'report.md'), text: renderMarkdown(result) },
    { path: join(folder, 'report.html'), text: await renderHtml(result) },
    { path: join(folder, ERRORS_FILE), text: renderErrorsMarkdown(result) },
  ];
  await Promise.all(files.map(({ path, text }) => writeFile(path, text)));
  return files.map(({ path }) => path);
}

/** Indented for reading, but a series of numbers stays on one line. A raw line break never stands inside a JSON string. */
function resultJson(result: Result): string {
  const text = JSON.stringify(result, null, 2);
  return `${text.replace(/\[\n\s+(?:(?:[-+.\deE]+|null),?\s+)+\]/g, (numbers) => numbers.replace(/\s+/g, ' '))}\n`;
}

function misfit(): CommandError {
  const errors = (fits.errors ?? []).slice(0, 5).map(({ instancePath, message }) => `${instancePath} ${message}`);
  return new CommandError(EXIT_CODE.internal, `the result does not fit its schema: ${errors.join('; ')}`, {
    hint: 'this is a defect of queueproof; no report was written',
  });
}
