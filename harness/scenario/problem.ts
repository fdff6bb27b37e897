import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';

/** Where something is wrong: in a file (line and column counted from 1) or in a command-line option. */
export type Place =
  | { readonly file: string; readonly line: number; readonly column: number }
  | { readonly option: string };

export interface Problem {
  readonly place: Place;
  /** What was expected and what came. */
  readonly message: string;
}

/** `file:line:column: message` or `--set load.batch: message`. */
function problemText({ place, message }: Problem): string {
  const where = 'option' in place ? place.option : `${place.file}:${place.line}:${place.column}`;
  return `${where}: ${message}`;
}

/** Throws one CommandError (usage) with every problem on its own line, file positions first and in order; returns when there is none. */
export function throwProblems(problems: readonly Problem[], hint: string): void {
  if (problems.length === 0) return;
  const lines = [...problems].sort((a, b) => comparePlaces(a.place, b.place)).map(problemText);
  throw new CommandError(EXIT_CODE.usage, [...new Set(lines)].join('\n'), { hint });
}

function comparePlaces(a: Place, b: Place): number {
  if ('option' in a || 'option' in b) return Number('option' in a) - Number('option' in b);
  return a.line - b.line || a.column - b.column;
}
