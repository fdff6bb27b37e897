/** The process's exit codes; scripts rely on them, so a number is never given another meaning. */
export const EXIT_CODE = Object.freeze({
  /** Every check is valid and every expectation is met. */
  passed: 0,
  /** A check found a violation: a message was lost, duplicated, altered, or a connection leaked. */
  proofFailed: 1,
  /** The proof holds, but an expectation or the gate was not met. */
  expectationFailed: 2,
  /** Nothing was violated, but something could not be judged. */
  inconclusive: 3,
  /** The command line or the scenario is wrong. */
  usage: 64,
  /** Something needed is not available: PostgreSQL, a port, the target. */
  unavailable: 69,
  /** A defect of queueproof itself. */
  internal: 70,
  /** Stopped by Ctrl-C or SIGTERM; a partial report was written. */
  interrupted: 130,
});

export type ExitCode = (typeof EXIT_CODE)[keyof typeof EXIT_CODE];

export interface CommandErrorOptions {
  /** What to do next, in one sentence; a failure that leaves the user alone with it is half a failure message. */
  readonly hint: string;
  readonly cause?: unknown;
}

/** An error with the exit code it ends the process with, and a hint that says what to do next. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;
  readonly hint: string;

  /** @throws Error for a hint that says nothing. */
  constructor(exitCode: ExitCode, message: string, { hint, cause }: CommandErrorOptions) {
    if (hint.trim() === '') throw new Error(`an error without a hint that says what to do next: ${message}`, { cause });
    super(message, { cause });
    this.exitCode = exitCode;
    this.hint = hint;
  }
}
