import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { renderDefectsMarkdown } from './defects-markdown.ts';
import { type DefectsResult, DefectsResultSchema } from './defects-result.ts';

const fits = new Ajv({ allErrors: true }).compile<DefectsResult>(DefectsResultSchema);

/** Writes `result.json` and `report.md` into an existing folder; nothing when the result does not fit its schema. */
export async function writeDefectsReports(folder: string, result: DefectsResult): Promise<void> {
  if (!fits(result)) {
    const [error] = fits.errors ?? [];
    throw new CommandError(
      EXIT_CODE.internal,
      `The result does not fit its schema: ${error?.instancePath} ${error?.message}`,
      { hint: 'this is a defect of queueproof; no report was written' },
    );
  }
  await writeFile(join(folder, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
  await writeFile(join(folder, 'report.md'), renderDefectsMarkdown(result));
}
