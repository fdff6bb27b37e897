/** PostgreSQL stayed away; whether the messages were stored is unknown, unless they never got there. */
export class PushOutageError extends Error {
  override readonly name = 'PushOutageError';
  /** False when nothing was sent. */
  readonly mayBeStored: boolean;

  constructor(message: string, options: { readonly cause?: unknown; readonly mayBeStored?: boolean } = {}) {
    super(message, { cause: options.cause });
    this.mayBeStored = options.mayBeStored ?? true;
  }
}
