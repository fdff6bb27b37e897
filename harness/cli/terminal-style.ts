import { styleText } from 'node:util';
import type { VerdictSign } from '../report/verdict-sign.ts';

/** Escape sequences that hide and show a terminal's cursor. */
export const HIDE_CURSOR = '\u001b[?25l';
export const SHOW_CURSOR = '\u001b[?25h';

/** How a piece of text is meant; without colour all are plain. */
export type Emphasis = VerdictSign['tone'] | 'strong' | 'quiet';

const FORMATS = Object.freeze({ good: 'green', bad: 'red', warn: 'yellow', strong: 'bold', quiet: 'dim' } as const);

/** Puts the escape sequences of an emphasis round a text; gives the text back unchanged when `colour` is false. */
export function emphasise(text: string, emphasis: Emphasis, colour: boolean): string {
  return colour ? styleText(FORMATS[emphasis], text, { validateStream: false }) : text;
}
