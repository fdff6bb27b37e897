import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { renderGateMarkdown } from './gate-markdown.ts';
import { type GateResult, GateResultSchema } from './gate-result.ts';
import { renderGateJUnit } from './gate-suites.ts';

const fits = new Ajv({ allErrors: true }).compile<GateResult>(GateResultSchema);

/**
 * Writes gate.json, gate.md and junit.xml into an existing folder. Throws a CommandError (internal) when the result does not
 * fit its schema, which scripts rely on; nothing is written then.
 */
export async function writeGateReports(folder: string, result: GateResult): Promise<void> {
  if (!fits(result)) {
    const errors = (fits.errors ?? []).slice(0, 5).map(({ instancePath, message }) => `${instancePath} ${message}`);
    throw new CommandError(EXIT_CODE.internal, `the result of the gate does not fit its schema: ${errors.join('; ')}`, {
      hint: 'this is a defect of queueproof; no report was written',
    });
  }
  const files = [
    ['gate.json', `${JSON.stringify(result, null, 2)}\n`],
    ['gate.md', renderGateMarkdown(result)],
    ['junit.xml', renderGateJUnit(result)],
  ] as const;
  await Promise.all(files.map(([name, text]) => writeFile(join(folder, name), text)));
}
