import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { ConnectionLostError } from '../sql/sqlstate.ts';
import { sendCancelRequest } from './cancel-request.ts';
import { type DatabaseAddress, destroySession } from './session.ts';

/** A statement with its parameters; one with a name is prepared once a connection. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly name?: string;
}

/** What cleaning had to do before a connection could serve the next caller; `dirty` = it must be thrown away. */
export interface Cleaning {
  readonly drained: boolean;
  readonly rolledBack: boolean;
  readonly dirty: boolean;
}

const CLEAN: Cleaning = Object.freeze({ drained: false, rolledBack: false, dirty: false });

/**
 * One physical connection of the pool. It knows which results are still on their way and whether the session has
 * broken, which is what {@link clean} needs to give nobody a dirty connection.
 */
export class PoolMember {
  readonly #client: pg.Client;
  readonly #address: DatabaseAddress;
  readonly #replyTimeoutMs: number | undefined;
  readonly #inFlight = new Set<Promise<unknown>>();
  #broken: Error | undefined;

  constructor(
    client: pg.Client,
    options: {
      readonly address: DatabaseAddress;
      readonly replyTimeoutMs: number | undefined;
      /** Called once, when the session ends without our asking. */
      readonly onBroken: (member: PoolMember) => void;
    },
  ) {
    this.#client = client;
    this.#address = options.address;
    this.#replyTimeoutMs = options.replyTimeoutMs;
    const markBroken = (cause?: Error): void => {
      if (this.#broken !== undefined) return;
      this.#broken = new ConnectionLostError('The database connection was lost.', { cause });
      options.onBroken(this);
    };
    client.on('error', markBroken);
    client.on('end', markBroken);
  }

  get broken(): boolean {
    return this.#broken !== undefined;
  }

  /** True when nothing is on its way and no transaction is open: the connection can go to the next caller as it is. */
  get isClean(): boolean {
    return this.#inFlight.size === 0 && this.#client.getTransactionStatus() === 'I';
  }

  /**
   * Runs a statement.
   *
   * @throws ConnectionLostError when the session broke, also for lack of a reply; else what PostgreSQL answered.
   */
  async query<Row extends pg.QueryResultRow>(statement: Statement): Promise<pg.QueryResult<Row>> {
    const { values, ...rest } = statement;
    const running = this.#client.query<Row>({ ...rest, values: values === undefined ? [] : [...values] });
    this.#inFlight.add(running);
    const timer = this.#startReplyTimer();
    try {
      return await running;
    } catch (error) {
      throw error instanceof pg.DatabaseError ? error : (this.#broken ?? error);
    } finally {
      clearTimeout(timer);
      this.#inFlight.delete(running);
    }
  }

  /**
   * Makes the connection fit for the next caller: waits for results on their way, rolls back an open transaction. What
   * cannot be cleaned within the bound is cancelled at the server and reported dirty.
   */
  async clean(timeoutMs: number): Promise<Cleaning> {
    if (this.#broken !== undefined) return { ...CLEAN, dirty: true };
    const drained = this.#inFlight.size > 0;
    if (drained && !(await this.#settlesWithin(Promise.allSettled(this.#inFlight), timeoutMs))) {
      await this.#cancel();
      return { ...CLEAN, drained, dirty: true };
    }
    const inTransaction = this.#client.getTransactionStatus() !== 'I';
    const rolledBack = inTransaction && (await this.#settlesWithin(this.query({ text: 'rollback' }), timeoutMs));
    if (inTransaction && !rolledBack && this.#broken === undefined) await this.#cancel();
    return { drained, rolledBack, dirty: this.#broken !== undefined || !this.isClean };
  }

  /** Ends the session in the orderly way; cuts it when that takes longer than the bound. */
  async end(timeoutMs: number): Promise<void> {
    if (!(await this.#settlesWithin(this.#client.end(), timeoutMs))) this.destroy();
  }

  destroy(): void {
    destroySession(this.#client);
  }

  /** A reply that never comes would hold its caller for ever: cut the socket, and the query rejects. */
  #startReplyTimer(): NodeJS.Timeout | undefined {
    return this.#replyTimeoutMs === undefined ? undefined : setTimeout(() => this.destroy(), this.#replyTimeoutMs);
  }

  async #cancel(): Promise<void> {
    // Set by pg from BackendKeyData, but missing from its types.
    const { processID, secretKey } = this.#client as unknown as { processID: number | null; secretKey: number | null };
    if (processID !== null && secretKey !== null) {
      await sendCancelRequest(this.#address, { processId: processID, secretKey });
    }
  }

  /** False when the work takes longer than the bound or fails. */
  async #settlesWithin(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
    const bound = new AbortController();
    const settled = work.then(
      () => true,
      () => false,
    );
    const expired = delay(timeoutMs, false, { signal: bound.signal }).catch(() => false);
    try {
      return await Promise.race([settled, expired]);
    } finally {
      bound.abort();
    }
  }
}
