import type { SentRequest } from './sent-request.ts';

interface Witness {
  readonly came: string;
  /** The request whose reply shows it, when there is one. */
  readonly request?: SentRequest | undefined;
  readonly cause?: unknown;
}

/** The server did something else than the contract says; this is the witness. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly expected: string;
  readonly came: string;
  readonly request: SentRequest | undefined;

  constructor(expected: string, { came, request, cause }: Witness) {
    super(`expected ${expected}, came ${came}`, { cause });
    this.expected = expected;
    this.came = came;
    this.request = request;
  }
}

/** The behaviour could not be checked; the message says why. */
export class CannotCheck extends Error {
  override readonly name = 'CannotCheck';
}

/** The server does without a route that the contract lets it leave out; the message is its own reason. */
export class NotOffered extends Error {
  override readonly name = 'NotOffered';
}

/**
 * Runs a step that only prepares the check. What is violated there is another behaviour's affair: here it means that
 * nothing can be said.
 */
export async function given<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    throw new CannotCheck(`could not be set up: expected ${error.expected}, came ${error.came}`, { cause: error });
  }
}
