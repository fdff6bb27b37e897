/** Letters of East Asian scripts and pictographs, which take two columns of a terminal. */
const WIDE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6])/u;
/** Marks that join the letter before them and take no column. */
const JOINED = /^\p{M}/u;

function columnsOf(character: string): number {
  if (JOINED.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** Columns that plain text (no escape sequences, one line) takes in a terminal. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

/** The text cut to at most `width` columns, with … in place of what is gone. */
export function truncateText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  const [head] = splitAt(text, Math.max(0, width - 1));
  return `${head}…`;
}

/**
 * Plain text as lines of at most `width` columns, broken between words; a word that is longer than a line is cut. All
 * lines but the first begin with `indent` blanks, which count.
 */
export function wrapText(text: string, width: number, indent: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  const room = () => width - (lines.length === 0 ? 0 : indent);
  const finish = () => {
    lines.push(lines.length === 0 ? line : ' '.repeat(indent) + line);
    line = '';
  };
  for (const word of text.split(' ')) {
    let rest = word;
    if (line !== '' && textWidth(line) + 1 + textWidth(rest) > room()) finish();
    while (textWidth(rest) > room()) {
      [line, rest] = splitAt(rest, room());
      finish();
    }
    line = line === '' ? rest : `${line} ${rest}`;
  }
  finish();
  return lines;
}

function splitAt(text: string, width: number): [string, string] {
  let taken = '';
  let columns = 0;
  for (const character of text) {
    columns += columnsOf(character);
    if (columns > width) break;
    taken += character;
  }
  return [taken, text.slice(taken.length)];
}
