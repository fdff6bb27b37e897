/**
 * Control characters (escape sequences begin with one) and the marks that turn the direction of text round: a name, a
 * log line or a reply from outside must not move the cursor, recolour the terminal or disguise itself.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text from outside for a page: control characters become visible (�), line breaks and tabs stay. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, '\ufffd');
}

/** Text from outside on one line, safe for a terminal: every run of control characters becomes one space. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, ' ').trim();
}
