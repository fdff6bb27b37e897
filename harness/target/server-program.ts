import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { suggestion } from '../scenario/nearest-word.ts';

const SERVER_MAIN = new URL('../../server/main.ts', import.meta.url);
const DEFECTS = new URL('../../server/defects/', import.meta.url);

/**
 * The main file of the reference server, or of its variant with a defect of this name.
 * Throws a CommandError (usage) that names what there is when there is no such variant.
 */
export async function serverProgram(defect: string): Promise<string> {
  if (defect === 'none') return fileURLToPath(SERVER_MAIN);
  const known = await knownDefects();
  if (known.includes(defect)) return fileURLToPath(new URL(`${defect}.ts`, DEFECTS));
  throw new CommandError(
    EXIT_CODE.usage,
    `server.defect: there is no defect "${defect}"${suggestion(defect, ['none', ...known])}`,
  );
}

async function knownDefects(): Promise<readonly string[]> {
  try {
    const names = (await readdir(DEFECTS)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
    return names.map((name) => name.slice(0, -'.ts'.length)).toSorted();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
