import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PushItem, PushResult } from '../queue/message.ts';
import type { PayloadCipher } from '../queue/payload-cipher.ts';
import { failedResult, type Prepared, type PreparedGroup, PushPreparation, toResult } from '../queue/prepared-push.ts';
import { missingQueueError } from '../queue/push-item.ts';
import { PushOutageError } from '../queue/push-outage-error.ts';
import type { MessageOutcome } from '../queue/push-transaction.ts';
import type { UuidV7Generator } from '../queue/uuid-v7.ts';
import type { BufferLine } from './buffer-line.ts';
import { CallError } from './call-line.ts';
import { encodeMessage } from './record.ts';
import type { KnownQueue } from './services.ts';

/** PostgreSQL went away: nobody can tell what was stored, or the group was not even sent. */
export type OutageOutcome = 'outage' | 'unsent';

/** A way to PostgreSQL: outcomes group by group. */
export type DirectPush = (
  groups: readonly PreparedGroup[],
) => Promise<readonly (readonly MessageOutcome[] | OutageOutcome)[]>;

export interface PushFailoverOptions {
  readonly line: BufferLine;
  readonly ids: UuidV7Generator;
  /** Undefined when the server has no key. */
  readonly cipher: PayloadCipher | undefined;
  /** Asks PostgreSQL for queues; undefined when it is away. Queues that are missing do not exist. */
  readonly lookUpQueues: (names: readonly string[]) => Promise<readonly KnownQueue[] | undefined>;
}

/**
 * After this many items a push lets other requests have their turn. Preparing a thousand takes 2 ms; without pauses 10,000
 * items held the event loop for 20 ms at a time.
 */
const ITEMS_A_TURN = 1_000;

/** The route may change under a push; one that changes this often in the lifetime of a push is broken. */
const MAX_ATTEMPTS = 10;

/**
 * Decides for every push which way it goes: to PostgreSQL, or, while that is away or in maintenance, to the buffer. Ids are
 * given once, before either, so that whatever becomes of a message it is stored once and under the ids its producer knows.
 */
export class PushFailover {
  readonly #options: PushFailoverOptions;

  constructor(options: PushFailoverOptions) {
    this.#options = options;
  }

  /**
   * May something be written to PostgreSQL past the buffer now? What cannot be buffered, a transaction for instance, is to
   * be refused with 503 while this is false.
   */
  get isDirect(): boolean {
    return this.#options.line.isDirect;
  }

  /**
   * Pushes items; results in input order, one each.
   *
   * @throws PushOutageError when nobody can tell what was stored.
   */
  async push(items: readonly PushItem[], direct: DirectPush): Promise<readonly PushResult[]> {
    const { line, ids } = this.#options;
    const results = new Array<PushResult>(items.length);
    const preparation = new PushPreparation(ids, results);
    for (const [index, item] of items.entries()) {
      if (index > 0 && index % ITEMS_A_TURN === 0) await nextTurn();
      preparation.add(item, index);
    }
    let groups = preparation.groups();
    const maybeStored = new Set<PreparedGroup>();
    for (let attempt = 0; attempt < MAX_ATTEMPTS && groups.length > 0; attempt += 1) {
      await line.untilOpen();
      if (line.isDirect) {
        groups = takeOutcomes(groups, await direct(groups), results, maybeStored);
        // From here on every push of this worker goes to the buffer, until the primary says otherwise.
        if (groups.length > 0) line.suspectOutage();
      }
      groups = await this.#buffer(groups, results, maybeStored);
    }
    if (groups.length > 0) throw new PushOutageError('PostgreSQL comes and goes; what was stored is unknown.');
    // The caller is about to write them.
    if (items.length > ITEMS_A_TURN) await nextTurn();
    return results;
  }

  /** Returns the groups that are to go to PostgreSQL after all. */
  async #buffer(
    groups: readonly PreparedGroup[],
    results: PushResult[],
    maybeStored: ReadonlySet<PreparedGroup>,
  ): Promise<readonly PreparedGroup[]> {
    if (groups.length === 0) return [];
    const encrypts = await this.#encryptionOf(groups);
    const accepted: PreparedGroup[] = [];
    const records: string[] = [];
    for (const group of groups) {
      const refusal = this.#refusalOf(group.queue, encrypts);
      if (refusal !== undefined) {
        fail(group, refusal, results, maybeStored);
        continue;
      }
      accepted.push(group);
      for (const prepared of group.messages) records.push(this.#toRecord(prepared, encrypts.get(group.queue) === true));
    }
    const answer = await this.#append(records);
    if (answer.outcome === 'direct') return accepted;
    for (const group of accepted) {
      if (answer.outcome === 'refused') {
        fail(group, answer.reason, results, maybeStored);
        continue;
      }
      for (const { index, item, message } of group.messages) {
        results[index] = { status: 'buffered', transaction_id: message.transactionId, trace_id: item.traceId };
      }
    }
    return [];
  }

  async #append(records: readonly string[]) {
    try {
      // Also when there is nothing to keep: the primary must hear of the outage.
      return await this.#options.line.append(records);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      throw new PushOutageError(`Whether the messages were buffered is unknown: ${error.message}`, { cause: error });
    }
  }

  /** The queues among these that exist, and whether they are encrypted. */
  async #encryptionOf(groups: readonly PreparedGroup[]): Promise<ReadonlyMap<string, boolean | undefined>> {
    const { line, lookUpQueues } = this.#options;
    const encrypts = new Map(groups.map(({ queue }) => [queue, line.queue(queue)?.encrypted]));
    const unknown = [...encrypts].flatMap(([name, encrypted]) => (encrypted === undefined ? [name] : []));
    if (unknown.length > 0) {
      const found = await lookUpQueues(unknown);
      for (const { name, encrypted } of found ?? []) encrypts.set(name, encrypted);
    }
    return encrypts;
  }

  #refusalOf(queue: string, encrypts: ReadonlyMap<string, boolean | undefined>): string | undefined {
    const encrypted = encrypts.get(queue);
    if (encrypted === undefined) return missingQueueError(queue);
    if (!encrypted || this.#options.cipher !== undefined) return undefined;
    return `Queue '${queue}' is encrypted and the server has no QUEEN_ENCRYPTION_KEY; the message was not stored.`;
  }

  #toRecord({ item, message }: Prepared, encrypted: boolean): string {
    const { cipher } = this.#options;
    const { queue, partition } = item;
    if (!encrypted) return encodeMessage({ queue, partition, message, encrypted });
    if (cipher === undefined) throw new Error('An encrypted message cannot be buffered without a key.');
    return encodeMessage({
      queue,
      partition,
      message: { ...message, payload: cipher.encrypt(message.payload) },
      encrypted,
    });
  }
}

/** Takes over what was answered, and returns the groups that were not. */
function takeOutcomes(
  groups: readonly PreparedGroup[],
  outcomes: readonly (readonly MessageOutcome[] | OutageOutcome)[],
  results: PushResult[],
  maybeStored: Set<PreparedGroup>,
): readonly PreparedGroup[] {
  return groups.filter((group, index) => {
    const ofGroup = outcomes[index] ?? 'outage';
    if (ofGroup === 'outage') maybeStored.add(group);
    if (ofGroup === 'outage' || ofGroup === 'unsent') return true;
    for (const [position, prepared] of group.messages.entries()) {
      results[prepared.index] = toResult(prepared, ofGroup[position] ?? { status: 'stale' });
    }
    return false;
  });
}

/** What may be stored must not be called failed. */
function fail(
  group: PreparedGroup,
  reason: string,
  results: PushResult[],
  maybeStored: ReadonlySet<PreparedGroup>,
): void {
  if (maybeStored.has(group)) {
    throw new PushOutageError(`Whether the messages were stored is unknown, and they cannot be buffered: ${reason}`);
  }
  for (const prepared of group.messages) results[prepared.index] = failedResult(prepared, reason);
}
