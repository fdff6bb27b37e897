import { type CountedExamples, WITNESS_LIMIT } from './evidence.ts';

const TEXT_LIMIT = 300;

/** Counts occurrences and keeps the first few as examples, shortened. */
export class ExampleCollector {
  #count = 0;
  readonly #examples: string[] = [];

  /** The example is only made when it is kept. */
  add(example: () => string): void {
    this.#count += 1;
    if (this.#examples.length >= WITNESS_LIMIT) return;
    const text = example();
    this.#examples.push(text.length <= TEXT_LIMIT ? text : `${text.slice(0, TEXT_LIMIT)}…`);
  }

  result(): CountedExamples {
    return { count: this.#count, examples: [...this.#examples] };
  }
}
