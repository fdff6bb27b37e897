type TypedArray = Uint8Array | Uint16Array | Uint32Array | Float64Array;

const INITIAL_LENGTH = 1024;

/** A typed array that doubles as it fills; reading beyond its end gives 0. */
export class Column<T extends TypedArray> {
  #values: T;
  #length: number;

  /** `values` is kept, and counts as filled. */
  constructor(values: T) {
    this.#values = values;
    this.#length = values.length;
  }

  get length(): number {
    return this.#length;
  }

  /** Adds a value; returns its place. */
  push(value: number): number {
    const place = this.#length;
    if (place === this.#values.length) this.#grow();
    this.#values[place] = value;
    this.#length = place + 1;
    return place;
  }

  /** Overwrites a value that was pushed. */
  set(place: number, value: number): void {
    this.#values[place] = value;
  }

  at(place: number): number {
    return this.#values[place] ?? 0;
  }

  /** A copy of exactly the length in use. */
  toArray(): T {
    return this.#values.slice(0, this.#length) as T;
  }

  #grow(): void {
    const Constructor = this.#values.constructor as new (length: number) => T;
    const grown = new Constructor(Math.max(INITIAL_LENGTH, this.#values.length * 2));
    grown.set(this.#values);
    this.#values = grown;
  }
}
