import { Column } from '../history/column.ts';
import type { ErrorTrace } from '../history/error-trace.ts';
import { type ItemOutcome, OUTCOME_CODE } from '../history/item-outcome.ts';
import type { Ledger } from '../history/ledger.ts';
import type { ErrorClass } from './load-outcome.ts';

/** More classes than this are counted together: a server that puts a number in every message must not fill the memory. */
const CLASS_LIMIT = 20;
const OVERFLOW_CLASS = 'other';
const TEXT_LIMIT = 300;
/** Errors beyond it are counted without their times: 26 bytes each, so 5 MB at most. */
const ENTRY_LIMIT = 200_000;

/** When an error was seen, and what it meant. */
export interface ErrorMoment {
  /** When the request was sent; microseconds on the monotonic clock. */
  readonly fromUs: number;
  /** When it came to its end. */
  readonly toUs: number;
  /** What it made of the messages; undefined when they have no part in it. */
  readonly outcome: ItemOutcome | undefined;
}

/** The moment of an error of this request, whose end is in the ledger already. */
export function momentOf(ledger: Ledger, request: number, outcome: ItemOutcome | undefined): ErrorMoment {
  return { fromUs: ledger.invokedUs(request), toUs: ledger.completedUs(request), outcome };
}

interface Class {
  readonly index: number;
  readonly example: string;
  count: number;
}

/** Counts errors by class, keeps the first example of each, and when each error was; what goes well costs nothing here. */
export class ErrorTally {
  readonly #classes = new Map<string, Class>();
  readonly #class = new Column(new Uint8Array());
  readonly #outcome = new Column(new Uint8Array());
  readonly #count = new Column(new Uint32Array());
  readonly #fromUs = new Column(new Float64Array());
  readonly #toUs = new Column(new Float64Array());
  #total = 0;

  get total(): number {
    return this.#total;
  }

  add(errorClass: string, example: string, moment: ErrorMoment, count = 1): void {
    this.#total += count;
    const bounded = clip(errorClass);
    const known = this.#classes.has(bounded) || this.#classes.size < CLASS_LIMIT;
    const name = known ? bounded : OVERFLOW_CLASS;
    let entry = this.#classes.get(name);
    if (entry === undefined) {
      entry = { index: this.#classes.size, example: clip(example), count: 0 };
      this.#classes.set(name, entry);
    }
    entry.count += count;
    this.#note(entry.index, moment, count);
  }

  /** The most frequent class first. */
  list(): readonly ErrorClass[] {
    const classes = [...this.#classes].map(([name, { count, example }]) => ({ class: name, count, example }));
    return classes.sort((a, b) => b.count - a.count);
  }

  /** All errors with their times; as it crosses from one process to another. */
  trace(): ErrorTrace {
    return {
      classes: [...this.#classes].map(([name, { count, example }]) => ({ name, count, example })),
      class: this.#class.toArray(),
      outcome: this.#outcome.toArray(),
      count: this.#count.toArray(),
      fromUs: this.#fromUs.toArray(),
      toUs: this.#toUs.toArray(),
    };
  }

  /** Items of one request that fail alike are one entry. */
  #note(index: number, { fromUs, toUs, outcome = 'pending' }: ErrorMoment, count: number): void {
    const code = OUTCOME_CODE[outcome];
    const last = this.#class.length - 1;
    const isLike =
      this.#class.at(last) === index &&
      this.#outcome.at(last) === code &&
      this.#fromUs.at(last) === fromUs &&
      this.#toUs.at(last) === toUs;
    if (last >= 0 && isLike) {
      this.#count.set(last, this.#count.at(last) + count);
      return;
    }
    if (last + 1 >= ENTRY_LIMIT) return;
    this.#class.push(index);
    this.#outcome.push(code);
    this.#count.push(count);
    this.#fromUs.push(fromUs);
    this.#toUs.push(toUs);
  }
}

function clip(text: string): string {
  return text.length <= TEXT_LIMIT ? text : `${text.slice(0, TEXT_LIMIT)}…`;
}
