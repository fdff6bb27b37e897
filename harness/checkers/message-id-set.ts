const WORDS_PER_ID = 4;

/** An id of 128 bits as four words of 32. */
type IdWords = readonly [number, number, number, number];

/**
 * A set of message ids in 20 bytes or so each, because the language's own Set ends at 16.7 million entries. Open
 * addressing with linear probing; the capacity is fixed when it is made.
 */
export class MessageIdSet {
  /** Slot → number of the id + 1; 0 = free. At most half full, so that probing stays short. */
  readonly #slots: Uint32Array;
  readonly #words: Uint32Array;
  readonly #mask: number;
  #size = 0;

  constructor(capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(capacity, 1) * 2));
    this.#slots = new Uint32Array(slots);
    this.#words = new Uint32Array(capacity * WORDS_PER_ID);
    this.#mask = slots - 1;
  }

  /** Adds an id; false when it was there already. Throws RangeError when the set is full. */
  add(...[first, second, third, fourth]: IdWords): boolean {
    const words = this.#words;
    for (let slot = hash(first, second, third, fourth) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const occupant = this.#slots[slot] ?? 0;
      const start = (occupant === 0 ? this.#size : occupant - 1) * WORDS_PER_ID;
      if (occupant === 0) {
        if (start === words.length) throw new RangeError('more message ids than messages');
        words[start] = first;
        words[start + 1] = second;
        words[start + 2] = third;
        words[start + 3] = fourth;
        this.#size += 1;
        this.#slots[slot] = this.#size;
        return true;
      }
      const isSame =
        words[start] === first &&
        words[start + 1] === second &&
        words[start + 2] === third &&
        words[start + 3] === fourth;
      if (isSame) return false;
    }
  }
}

/** Ids of one millisecond differ in a few bits, wherever a server puts them: every one has to reach the low ones. */
function hash(...words: IdWords): number {
  let hash = 0;
  for (const word of words) {
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
