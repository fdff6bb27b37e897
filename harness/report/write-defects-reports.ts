import { Ajv } from 'ajv';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { type DefectsResult, DefectsResultSchema } from './defects-result.ts';
import { defectsReportFiles, writeReportFiles } from './report-file.ts';

const fits = new Ajv({ allErrors: true }).compile<DefectsResult>(DefectsResultSchema);

/** Writes `result.json` and all that is rendered from it into an existing folder; nothing when the result does not fit its schema. */
export async function writeDefectsReports(folder: string, result: DefectsResult): Promise<void> {
  if (!fits(result)) {
    const [error] = fits.errors ?? [];
    throw new CommandError(
      EXIT_CODE.internal,
      `The result does not fit its schema: ${error?.instancePath} ${error?.message}`,
      { hint: 'this is a defect of queueproof; no report was written' },
    );
  }
  const json = { name: 'result.json', text: `${JSON.stringify(result, null, 2)}\n` };
  await writeReportFiles(folder, [json, ...defectsReportFiles(result)]);
}
