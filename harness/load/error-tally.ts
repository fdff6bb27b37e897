import type { ErrorClass } from './load-outcome.ts';

/** More classes than this are counted together: a server that puts a number in every message must not fill the memory. */
const CLASS_LIMIT = 20;
const OVERFLOW_CLASS = 'other';
const TEXT_LIMIT = 300;

/** Counts errors by class, and keeps the first example of each. */
export class ErrorTally {
  readonly #classes = new Map<string, { count: number; readonly example: string }>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  add(errorClass: string, example: string, count = 1): void {
    this.#total += count;
    const bounded = clip(errorClass);
    const known = this.#classes.has(bounded) || this.#classes.size < CLASS_LIMIT;
    const name = known ? bounded : OVERFLOW_CLASS;
    const entry = this.#classes.get(name);
    if (entry === undefined) this.#classes.set(name, { count, example: clip(example) });
    else entry.count += count;
  }

  /** The most frequent class first. */
  list(): readonly ErrorClass[] {
    const classes = [...this.#classes].map(([name, entry]) => ({ class: name, ...entry }));
    return classes.sort((a, b) => b.count - a.count);
  }
}

function clip(text: string): string {
  return text.length <= TEXT_LIMIT ? text : `${text.slice(0, TEXT_LIMIT)}…`;
}
