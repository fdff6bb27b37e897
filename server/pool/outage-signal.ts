import { ConnectionLostError } from '../sql/sqlstate.ts';

/** Tells whether PostgreSQL is away: aborted while it is. A single refused attempt is a suspicion, which takes some time to become one. */
export class OutageSignal {
  readonly #afterMs: number;
  readonly #onChange: ((isOut: boolean) => void) | undefined;
  #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(afterMs: number, onChange?: (isOut: boolean) => void) {
    this.#afterMs = afterMs;
    this.#onChange = onChange;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** An attempt failed and no connection is left; unless {@link end} comes in time, the outage begins. */
  suspect(cause: unknown): void {
    if (this.signal.aborted) return;
    this.#timer ??= setTimeout(() => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.begin(new ConnectionLostError(`PostgreSQL cannot be reached: ${reason}`, { cause }));
    }, this.#afterMs);
  }

  begin(reason: ConnectionLostError): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.signal.aborted) return;
    this.#controller.abort(reason);
    this.#onChange?.(true);
  }

  /** A connection is open, or the pool ends. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.signal.aborted) return;
    this.#controller = new AbortController();
    this.#onChange?.(false);
  }
}
