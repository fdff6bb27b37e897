import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

/** Pages people read, from the repository's root. */
export const PAGES: readonly string[] = ['README.md', ...globSync('docs/**/*.md', { cwd: REPOSITORY }).toSorted()];

/** Text of a file of the repository. */
export function textOf(file: string): string {
  return readFileSync(join(REPOSITORY, file), 'utf8');
}
