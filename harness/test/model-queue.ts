/** Ways in which a model server breaks its word. */
export type ModelDefect =
  | 'none'
  /** Answers `queued` and stores nothing. */
  | 'forgets'
  /** Does not look whether it has a message already. */
  | 'stores-twice'
  /** Calls a new message a duplicate, and does not store it. */
  | 'false-duplicate'
  /** Stores the messages of a request backwards. */
  | 'backwards'
  /** Stores directly while older messages are still in the buffer. */
  | 'overtakes-buffer'
  /** Stores a message where every cursor has passed already. */
  | 'unreachable'
  /** Gives a partition away long before its lease ends. */
  | 'short-lease'
  /** Answers an ack as completed and forgets it. */
  | 'forgets-ack'
  /** Takes acks of leases that ran out. */
  | 'stale-ack'
  /** Refuses acks under a lease in force. */
  | 'refuses'
  /** Goes on behind messages that were reported as failed. */
  | 'passes-over'
  /** Takes a failed message for settled. */
  | 'drops-failed'
  /** Delivers again in another order. */
  | 'shuffles';

export type PushAnswer = 'queued' | 'duplicate' | 'buffered';

/** What a pop is given; without a lease when it was acknowledged at once. */
export interface Given {
  readonly group: number;
  readonly partition: number;
  readonly lease: Lease | undefined;
  readonly messages: readonly number[];
}

interface Lease {
  readonly id: number;
  readonly messages: readonly number[];
  readonly untilMs: number;
}

/** One partition for one group. */
interface Cursor {
  readonly settled: Set<number>;
  readonly failures: Map<number, number>;
  /** Left out of the next pop, by defect. */
  hidden: readonly number[];
  lease: Lease | undefined;
}

export interface ModelOptions {
  readonly partitions: number;
  readonly groups: number;
  readonly leaseMs: number;
  readonly retryLimit: number;
  readonly defect: ModelDefect;
  readonly random: () => number;
}

/** How often a defect shows where it can. */
const DEFECTIVE = 0.2;

/** A queue server as the contract has it, in a few lines and without a clock, with the defect asked for. */
export class ModelQueue {
  /** Rows by message. */
  readonly rows = new Map<number, number>();
  readonly deadLetters = new Set<number>();
  isDown = false;
  readonly #options: ModelOptions;
  readonly #logs: number[][];
  readonly #cursors: Cursor[][];
  readonly #unreachable = new Set<number>();
  #buffer: { readonly partition: number; readonly message: number }[] = [];
  #leases = 0;
  #turn = 0;

  constructor(options: ModelOptions) {
    this.#options = options;
    const { partitions, groups } = options;
    this.#logs = Array.from({ length: partitions }, () => []);
    this.#cursors = Array.from({ length: groups }, () =>
      Array.from({ length: partitions }, () => ({
        settled: new Set<number>(),
        failures: new Map<number, number>(),
        hidden: [],
        lease: undefined,
      })),
    );
  }

  push(partition: number, messages: readonly number[]): readonly PushAnswer[] {
    if (this.#shows('backwards')) return this.#accept(partition, messages.toReversed()).toReversed();
    return this.#accept(partition, messages);
  }

  /** Stores what was buffered; called some time after an outage. */
  replay(): void {
    for (const { partition, message } of this.#buffer) if (!this.rows.has(message)) this.#store(partition, message);
    this.#buffer = [];
  }

  /** Messages of the partition whose turn it is, or undefined. */
  pop(
    group: number,
    batch: number,
    { nowMs, autoAck }: { readonly nowMs: number; readonly autoAck: boolean },
  ): Given | undefined {
    if (this.isDown) return undefined;
    const { partitions, leaseMs } = this.#options;
    for (let tried = 0; tried < partitions; tried += 1) {
      this.#turn += 1;
      const partition = this.#turn % partitions;
      const messages = this.#take(group, partition, batch, nowMs);
      if (messages.length === 0) continue;
      const cursor = this.#cursor(group, partition);
      if (autoAck) {
        for (const message of messages) cursor.settled.add(message);
        return { group, partition, lease: undefined, messages };
      }
      this.#leases += 1;
      const lease = { id: this.#leases, messages, untilMs: nowMs + leaseMs };
      cursor.lease = lease;
      return { group, partition, lease, messages };
    }
    return undefined;
  }

  settle(
    { group, partition, lease }: Given,
    word: 'completed' | 'failed',
    nowMs: number,
  ): 'completed' | 'failed' | 'refused' {
    const cursor = this.#cursor(group, partition);
    const isInForce = cursor.lease?.id === lease?.id && nowMs < (lease?.untilMs ?? 0);
    if (lease === undefined || this.#shows('refuses')) return 'refused';
    if (!isInForce && this.#options.defect !== 'stale-ack') return 'refused';
    if (cursor.lease?.id === lease.id) cursor.lease = undefined;
    if (word === 'failed') this.#fail(cursor, lease.messages);
    else if (!this.#shows('forgets-ack')) for (const message of lease.messages) cursor.settled.add(message);
    return word;
  }

  /** Whether a group has settled everything there is. */
  isEmpty(group: number, nowMs: number): boolean {
    if (this.#buffer.length > 0) return false;
    return this.#logs.every((log, partition) => {
      this.#reclaim(group, partition, nowMs);
      const { settled, lease } = this.#cursor(group, partition);
      return lease === undefined && log.every((message) => settled.has(message) || this.#unreachable.has(message));
    });
  }

  #accept(partition: number, messages: readonly number[]): readonly PushAnswer[] {
    return messages.map((message) => {
      const isBuffering = this.isDown || (this.#buffer.length > 0 && this.#options.defect !== 'overtakes-buffer');
      if (isBuffering) {
        this.#buffer.push({ partition, message });
        return 'buffered';
      }
      if (this.rows.has(message) && !this.#shows('stores-twice')) return 'duplicate';
      if (this.#shows('false-duplicate')) return 'duplicate';
      if (!this.#shows('forgets')) this.#store(partition, message);
      return 'queued';
    });
  }

  #store(partition: number, message: number): void {
    this.rows.set(message, (this.rows.get(message) ?? 0) + 1);
    if (this.#shows('unreachable')) this.#unreachable.add(message);
    this.#logs[partition]?.push(message);
  }

  #take(group: number, partition: number, batch: number, nowMs: number): readonly number[] {
    this.#reclaim(group, partition, nowMs);
    const cursor = this.#cursor(group, partition);
    if (cursor.lease !== undefined && !this.#shows('short-lease')) return [];
    const open = (this.#logs[partition] ?? []).filter(
      (message) => !cursor.settled.has(message) && !this.#unreachable.has(message) && !cursor.hidden.includes(message),
    );
    cursor.hidden = [];
    const taken = open.slice(0, batch);
    const isAgain = taken.some((message) => cursor.failures.has(message));
    return isAgain && this.#shows('shuffles') ? taken.toReversed() : taken;
  }

  #reclaim(group: number, partition: number, nowMs: number): void {
    const cursor = this.#cursor(group, partition);
    if (cursor.lease === undefined || cursor.lease.untilMs > nowMs) return;
    this.#fail(cursor, cursor.lease.messages);
    cursor.lease = undefined;
  }

  #fail(cursor: Cursor, messages: readonly number[]): void {
    for (const message of messages) {
      if (cursor.settled.has(message)) continue;
      const failures = (cursor.failures.get(message) ?? 0) + 1;
      cursor.failures.set(message, failures);
      if (this.#shows('drops-failed')) cursor.settled.add(message);
      else if (failures > this.#options.retryLimit) {
        cursor.settled.add(message);
        this.deadLetters.add(message);
      }
    }
    if (this.#shows('passes-over')) cursor.hidden = messages;
  }

  #cursor(group: number, partition: number): Cursor {
    return this.#cursors[group]?.[partition] as Cursor;
  }

  #shows(defect: ModelDefect): boolean {
    return this.#options.defect === defect && this.#options.random() < DEFECTIVE;
  }
}
