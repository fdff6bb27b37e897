import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { suggestion } from '../scenario/nearest-word.ts';

const SERVER_MAIN = new URL('../../server/main.ts', import.meta.url);
const DEFECTS = new URL('../../server/defects/', import.meta.url);

/**
 * The main file of the reference server, or of its variant with a defect of this name.
 * Throws a CommandError (usage) that names what there is when there is no such variant.
 */
export function serverProgram(defect: string): string {
  if (defect === 'none') return fileURLToPath(SERVER_MAIN);
  const known = defectNames();
  if (known.includes(defect)) return fileURLToPath(new URL(`${defect}.ts`, DEFECTS));
  throw new CommandError(
    EXIT_CODE.usage,
    `server.defect: there is no defect "${defect}"${suggestion(defect, ['none', ...known])}`,
    { hint: 'server/defects/ holds them; none is the good server' },
  );
}

/** The broken variants there are, sorted: each is a main file in server/defects/. */
export function defectNames(): readonly string[] {
  const names = readdirSync(DEFECTS).filter((name) => name.endsWith('.ts'));
  return names.map((name) => name.slice(0, -'.ts'.length)).toSorted();
}
