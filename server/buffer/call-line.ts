/** Functions one process offers the other; each takes one argument. Everything on the way must survive structured clone. */
type Service = Readonly<Record<string, (argument: never) => Promise<unknown>>>;

/** What goes over the channel between primary and worker. */
export type CallMessage =
  | { readonly call: number; readonly name: string; readonly argument: unknown }
  | { readonly reply: number; readonly value: unknown }
  | { readonly reply: number; readonly error: string };

/** The other side is gone, or said that the call failed. */
export class CallError extends Error {
  override readonly name = 'CallError';
}

interface Open {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: CallError) => void;
}

/**
 * One end of a line between primary and worker over which each calls the other. Calls begin in the order in which they
 * were made, which is what the order of the buffer rests on.
 */
export class CallLine<Own extends Service, Other extends Service> {
  readonly #send: (message: CallMessage) => void;
  readonly #serve: Own;
  readonly #open = new Map<number, Open>();
  #closed: CallError | undefined;
  #calls = 0;

  constructor(send: (message: CallMessage) => void, serve: Own) {
    this.#send = send;
    this.#serve = serve;
  }

  /** @throws CallError */
  call<Name extends keyof Other & string>(name: Name, argument: Parameters<Other[Name]>[0]): ReturnType<Other[Name]> {
    const answer = new Promise<unknown>((resolve, reject) => {
      if (this.#closed !== undefined) {
        reject(this.#closed);
        return;
      }
      this.#calls += 1;
      this.#open.set(this.#calls, { resolve, reject });
      this.#send({ call: this.#calls, name, argument });
    });
    return answer as ReturnType<Other[Name]>;
  }

  receive(message: CallMessage): void {
    if ('call' in message) {
      void this.#answer(message.call, message.name, message.argument);
      return;
    }
    const open = this.#open.get(message.reply);
    this.#open.delete(message.reply);
    if ('error' in message) open?.reject(new CallError(message.error));
    else open?.resolve(message.value);
  }

  /** The other side is gone: calls under way and to come fail. */
  close(reason: string): void {
    this.#closed = new CallError(reason);
    for (const { reject } of this.#open.values()) reject(this.#closed);
    this.#open.clear();
  }

  async #answer(reply: number, name: string, argument: unknown): Promise<void> {
    try {
      const serve = this.#serve[name];
      if (serve === undefined) throw new Error(`There is no '${name}' to call.`);
      this.#send({ reply, value: await serve(argument as never) });
    } catch (error) {
      this.#send({ reply, error: error instanceof Error ? error.message : String(error) });
    }
  }
}
