import { type Emphasis, emphasise } from '../cli/terminal-style.ts';
import { printable } from '../report/printable.ts';
import { type Counts, countOutcomes, type Outcome } from './outcome.ts';

const SIGNS: Readonly<Record<Outcome['verdict'], { readonly symbol: string; readonly emphasis: Emphasis }>> =
  Object.freeze({
    valid: { symbol: '✓', emphasis: 'good' },
    violated: { symbol: '✗', emphasis: 'bad' },
    unknown: { symbol: '?', emphasis: 'warn' },
    'not-offered': { symbol: '–', emphasis: 'quiet' },
  });
const INDENT = '      ';

/** One behaviour as lines for a terminal: the sentence, and below it what was found unless all is well. */
export function outcomeLines(outcome: Outcome, colour: boolean): readonly string[] {
  const { symbol, emphasis } = SIGNS[outcome.verdict];
  const line = `  ${emphasise(symbol, emphasis, colour)} ${printable(outcome.text)} ${emphasise(outcome.id, 'quiet', colour)}`;
  return [line, ...detailLines(outcome).map((detail) => INDENT + printable(detail))];
}

function detailLines(outcome: Outcome): readonly string[] {
  if (outcome.verdict === 'valid') return [];
  if (outcome.verdict !== 'violated') return [outcome.reason];
  const { expected, came, curl } = outcome;
  return [`expected  ${expected}`, `came      ${came}`, ...(curl === null ? [] : [curl])];
}

/** The last line. */
export function summaryLine(counts: Counts): string {
  const { valid, violated, unknown, 'not-offered': notOffered } = counts;
  const all = valid + violated + unknown + notOffered;
  return `${all} behaviours: ${valid} valid, ${violated} violated, ${unknown} unknown, ${notOffered} not offered`;
}

/**
 * Writes outcomes as they come, in the order of the behaviours and under the name of their section: each is held back
 * until all before it are written.
 */
export class OutcomePrinter {
  readonly #write: (text: string) => void;
  readonly #colour: boolean;
  readonly #held = new Map<number, Outcome>();
  #next = 0;
  #section = '';

  constructor(write: (text: string) => void, colour: boolean) {
    this.#write = write;
    this.#colour = colour;
  }

  take(outcome: Outcome, index: number): void {
    this.#held.set(index, outcome);
    for (let next = this.#held.get(this.#next); next !== undefined; next = this.#held.get(this.#next)) {
      this.#print(next);
      this.#held.delete(this.#next);
      this.#next += 1;
    }
  }

  /** What is still held back, of a run that was ended early. */
  finish(): void {
    for (const outcome of this.#held.values()) this.#print(outcome);
    this.#held.clear();
  }

  #print(outcome: Outcome): void {
    if (outcome.section !== this.#section) {
      this.#section = outcome.section;
      this.#write(`\n${emphasise(outcome.section, 'strong', this.#colour)}\n`);
    }
    this.#write(`${outcomeLines(outcome, this.#colour).join('\n')}\n`);
  }
}

/** The report for scripts. */
export function jsonReport(target: string, outcomes: readonly Outcome[], exitCode: number): string {
  return `${JSON.stringify({ target, exitCode, counts: countOutcomes(outcomes), behaviours: outcomes }, null, 2)}\n`;
}
