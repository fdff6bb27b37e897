import { textWidth } from '../../cli/text-width.ts';

const ESCAPE = '\u001b';
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is read
const SEQUENCE = /^\u001b\[(\??)([\d;]*)([A-Za-z])/;

/**
 * A terminal that is never too narrow: it does with the text of a program what a real one does, as far as the program may
 * go, and refuses what it does not know. Lines that were too wide for the real one are found by their width.
 */
export class Screen {
  readonly #lines: string[][] = [[]];
  #row = 0;
  #column = 0;
  #isCursorShown = true;
  #widest = '';
  #moves = 0;

  /** Lines as they stand now, without blanks at their ends. */
  get lines(): readonly string[] {
    return this.#lines.map((line) => line.join('').trimEnd());
  }

  get isCursorShown(): boolean {
    return this.#isCursorShown;
  }

  /** How often the cursor was moved up or a line was cleared. */
  get moves(): number {
    return this.#moves;
  }

  /** The widest line that ever stood on the screen, of those that `counts`. */
  widestOf(counts: (line: string) => boolean): number {
    return Math.max(...[this.#widest, ...this.lines].filter(counts).map(textWidth), 0);
  }

  write(text: string): void {
    let rest = text;
    while (rest !== '') {
      const [first = ''] = rest;
      rest = first === ESCAPE ? this.#sequence(rest) : this.#character(first, rest);
    }
  }

  #character(character: string, rest: string): string {
    if (character === '\r') this.#column = 0;
    else if (character === '\n') {
      this.#row += 1;
      this.#lines[this.#row] ??= [];
    } else if (character < ' ') throw new Error(`the control character ${JSON.stringify(character)}`);
    else {
      const line = this.#lines[this.#row] ?? [];
      while (line.length < this.#column) line.push(' ');
      line[this.#column] = character;
      this.#column += 1;
      const shown = line.join('');
      if (textWidth(shown) > textWidth(this.#widest) && this.#moves > 0) this.#widest = shown;
    }
    return rest.slice(character.length);
  }

  #sequence(rest: string): string {
    const [whole = '', mark, parameter = '', kind] = SEQUENCE.exec(rest) ?? [];
    const name = `${mark}${kind}`;
    if (name === 'A') this.#row = Math.max(0, this.#row - Number(parameter));
    else if (name === 'K' && parameter === '2') this.#lines[this.#row] = [];
    else if (name === '?l' && parameter === '25') this.#isCursorShown = false;
    else if (name === '?h' && parameter === '25') this.#isCursorShown = true;
    else if (name !== 'm') throw new Error(`the escape sequence ${JSON.stringify(whole || rest.slice(0, 12))}`);
    if (name === 'A' || name === 'K') this.#moves += 1;
    return rest.slice(whole.length);
  }
}
