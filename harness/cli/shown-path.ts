import { relative } from 'node:path';

/** A folder as short as it can be given from here. */
export function shownPath(folder: string): string {
  const fromHere = relative(process.cwd(), folder);
  return fromHere.startsWith('..') ? folder : fromHere;
}
