/** Dropped entries may take up so much of the array before it is copied. */
const SLACK = 1_024;

/** A queue that stays quick however long it is; shifting a long array moves all of it. */
export class Fifo<T> {
  #entries: T[] = [];
  #first = 0;

  get length(): number {
    return this.#entries.length - this.#first;
  }

  push(entry: T): void {
    this.#entries.push(entry);
  }

  /** Takes the oldest entry out; undefined when there is none. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const entry = this.#entries[this.#first];
    this.#first += 1;
    if (this.#first > SLACK && this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
    return entry;
  }
}
