const WORDS_PER_ID = 4;

/** Word that is never stored: the all-zero id means "no id" in the ledger. */
const NO_ID = '0'.repeat(32);

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
    // One place more than ids: a candidate is laid down before it is known to be new.
    this.#words = new Uint32Array((capacity + 1) * WORDS_PER_ID);
    this.#mask = slots - 1;
  }

  /** Adds an id of 32 hexadecimal digits; false when it was there already. Throws when the set is full. */
  add(hex: string): boolean {
    const start = this.#size * WORDS_PER_ID;
    let hash = 0;
    for (let word = 0; word < WORDS_PER_ID; word += 1) {
      const value = Number.parseInt(hex.slice(word * 8, word * 8 + 8), 16) >>> 0;
      this.#words[start + word] = value;
      hash = Math.imul(hash ^ value, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const occupant = this.#slots[slot] ?? 0;
      if (occupant === 0) {
        if (start + 2 * WORDS_PER_ID > this.#words.length) throw new RangeError('more message ids than messages');
        this.#size += 1;
        this.#slots[slot] = this.#size;
        return true;
      }
      if (this.#equals((occupant - 1) * WORDS_PER_ID, start)) return false;
    }
  }

  #equals(left: number, right: number): boolean {
    for (let word = 0; word < WORDS_PER_ID; word += 1) {
      if (this.#words[left + word] !== this.#words[right + word]) return false;
    }
    return true;
  }
}

/** Whether the ledger's hexadecimal digits stand for "the reply carried no id". */
export function isNoMessageId(hex: string): boolean {
  return hex === NO_ID;
}
