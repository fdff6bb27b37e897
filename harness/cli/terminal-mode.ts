/** What is written to an output while a command runs, and how. */
export interface TerminalMode {
  /** Lines are rewritten in place: for somebody who watches. */
  readonly live: boolean;
  readonly colour: boolean;
  /** Columns; 100 where the output has none. */
  readonly width: number;
}

const DEFAULT_COLUMNS = 100;

/**
 * Plain and quiet unless the output is a terminal that can move its cursor and whose user has not asked for plain text:
 * CI (https://docs.github.com/actions sets it, as others do), NO_COLOR (https://no-color.org) and TERM=dumb ask for it.
 */
export function terminalMode(
  stdout: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>,
  { CI, NO_COLOR, TERM }: Readonly<Record<string, string | undefined>>,
): TerminalMode {
  const isCi = CI !== undefined && !['', '0', 'false'].includes(CI.toLowerCase());
  const isPlain = isCi || (NO_COLOR !== undefined && NO_COLOR !== '') || TERM === 'dumb';
  const live = stdout.isTTY === true && !isPlain;
  // Some pseudo-terminals say 0.
  return { live, colour: live, width: stdout.columns || DEFAULT_COLUMNS };
}
