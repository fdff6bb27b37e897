import { matchesGlob } from 'node:path';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { suggestion } from '../scenario/nearest-word.ts';
import type { Bench } from './bench.ts';

/**
 * The benches that the words choose, in the order in which they are run: a name, a group (`pool` for all that begin with
 * `pool-`) or a pattern (`*-record`). No word chooses all. Throws CommandError (usage) for a word that chooses none.
 */
export function chooseBenches(words: readonly string[], benches: readonly Bench[]): readonly Bench[] {
  if (words.length === 0) return benches;
  const chosen = new Set(words.flatMap((word) => chosenBy(word, benches)));
  return benches.filter((bench) => chosen.has(bench));
}

function chosenBy(word: string, benches: readonly Bench[]): readonly Bench[] {
  const chosen = benches.filter(({ name }) => name === word || name.startsWith(`${word}-`) || matchesGlob(name, word));
  if (chosen.length > 0) return chosen;
  const names = benches.map(({ name }) => name);
  throw new CommandError(EXIT_CODE.usage, `there is no bench "${word}"${suggestion(word, names)}`, {
    hint: 'npm run bench -- --list shows all; a group such as pool, or a pattern such as "*-file", works too',
  });
}
