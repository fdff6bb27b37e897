/** Empty answers that each consumer has to get while nothing happens. */
const EMPTY_ANSWERS_NEEDED = 2;

/**
 * Tells when a queue that several consumers lease from is empty. An empty answer may mean that another consumer holds the
 * messages, or is just being given them. So it counts only if no lease was taken or given back from the question to the
 * answer, and is forgotten when one is; and the queue is empty when every consumer has such answers. A consumer that holds
 * a lease asks nothing, so there is no end while it does.
 */
export class EmptyWatch {
  readonly #emptyAnswers: number[];
  #changes = 0;

  constructor(consumers: number) {
    this.#emptyAnswers = Array.from({ length: consumers }, () => 0);
  }

  /** True when every consumer was told so. */
  get isEmpty(): boolean {
    return this.#emptyAnswers.every((answers) => answers >= EMPTY_ANSWERS_NEEDED);
  }

  /** True when this consumer need not ask again unless something happens. */
  hasHeard(consumer: number): boolean {
    return (this.#emptyAnswers[consumer] ?? 0) >= EMPTY_ANSWERS_NEEDED;
  }

  /** Notes that a consumer asks; the returned function takes its empty answer. */
  ask(consumer: number): () => void {
    const asked = this.#changes;
    return () => {
      if (this.#changes === asked) this.#emptyAnswers[consumer] = (this.#emptyAnswers[consumer] ?? 0) + 1;
    };
  }

  /** Notes that a lease was taken or given back. */
  change(): void {
    this.#changes += 1;
    this.#emptyAnswers.fill(0);
  }
}
