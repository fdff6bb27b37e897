/** A history file that cannot be read, with the reason: what was expected and what came. */
export class UnreadableHistory extends Error {
  override readonly name = 'UnreadableHistory';

  constructor(reason: string, options?: ErrorOptions) {
    super(`the history cannot be read: ${reason}`, options);
  }
}
