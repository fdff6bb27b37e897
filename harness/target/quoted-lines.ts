/** How many lines of a log an error message repeats, and how much of each. */
const QUOTED_LINES = 6;
const QUOTED_CHARACTERS = 300;

/**
 * The end of a server's log as a person reads it: of a JSON line its reason or message, of repeated lines the last one.
 */
export class QuotedLines {
  readonly #lines: string[] = [];

  add(line: string): void {
    const text = wordsOf(line).slice(0, QUOTED_CHARACTERS);
    if (this.#lines.at(-1) === text) return;
    this.#lines.push(text);
    if (this.#lines.length > QUOTED_LINES) this.#lines.shift();
  }

  toString(): string {
    return this.#lines.join('\n');
  }
}

function wordsOf(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const { reason, msg } = JSON.parse(line) as { readonly reason?: unknown; readonly msg?: unknown };
    return String(reason ?? msg ?? line);
  } catch {
    // Not the logger's: quoted as it stands.
    return line;
  }
}
