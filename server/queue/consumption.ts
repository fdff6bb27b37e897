import type { Logger } from '../log.ts';
import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import { findReadyStatement, type ReadyRow } from '../sql/find-ready.ts';
import { completeLeaseStatement, extendLeaseStatement, releaseLeaseStatement } from '../sql/lease.ts';
import { type PopTarget, targetKey } from '../sql/pop-target.ts';
import { wakeKeysOf, wakeKeysWithin } from '../wake/wake-key.ts';
import type { WakeLine } from '../wake/wake-line.ts';
import { type Acknowledgement, type AckResult, acknowledge } from './acknowledge.ts';
import { DeliveryCompletion } from './delivery-completion.ts';
import type { PayloadCipher } from './payload-cipher.ts';
import { type Delivery, type PopRequest, popMessages } from './pop.ts';
import { PopGate } from './pop-gate.ts';
import { PopMemory } from './pop-memory.ts';
import type { UuidV7Generator } from './uuid-v7.ts';
import type { Waiter } from './waiter.ts';
import { WaitingRoom } from './waiting-room.ts';

export interface ConsumptionOptions {
  readonly pool: AsyncDbPool;
  /** For encrypted messages; undefined when the server has no key. */
  readonly cipher: PayloadCipher | undefined;
  readonly ids: UuidV7Generator;
  readonly line: WakeLine;
  readonly maxWaiters: number;
  /** Pops for waiting consumers under way at once. */
  readonly maxWaitingPops: number;
  readonly log: Logger;
}

/** How a pop is to be served. */
export interface PopWish {
  readonly request: PopRequest;
  readonly autoAck: boolean;
}

/** Pops of one target under way at once; see {@link PopGate}. */
const POPS_OF_A_TARGET = Object.freeze({ fewest: 2, most: 16 });
/** Statements that complete deliveries, under way at once. */
const COMPLETION_STATEMENTS = 2;
const RECHECK_MS = 1_000;

/** The consumers' side of the queue, one per worker: pop, ack, leases, waiting. */
export class Consumption {
  readonly #pool: AsyncDbPool;
  readonly #cipher: PayloadCipher | undefined;
  readonly #ids: UuidV7Generator;
  readonly #line: WakeLine;
  readonly #room: WaitingRoom;
  readonly #memory = new PopMemory();
  readonly #completion: DeliveryCompletion;
  readonly #gate = new PopGate<Delivery>(POPS_OF_A_TARGET);

  constructor({ pool, cipher, ids, line, maxWaiters, maxWaitingPops, log }: ConsumptionOptions) {
    this.#pool = pool;
    this.#cipher = cipher;
    this.#completion = new DeliveryCompletion(pool, COMPLETION_STATEMENTS);
    this.#ids = ids;
    this.#line = line;
    this.#room = new WaitingRoom({
      pop: (waiter) => this.#popForWaiter(waiter),
      findReady: (targets) => this.#findReady(targets),
      line,
      maxWaiters,
      maxPops: maxWaitingPops,
      recheckMs: RECHECK_MS,
      onError: (err) => log.warn({ err }, 'could not look for messages of waiting consumers, trying again'),
    });
  }

  /** Consumers that wait for messages now. */
  get waitingConsumers(): number {
    return this.#room.waiting;
  }

  /** Messages for one consumer; undefined when there are none. A consumer that has gone leaves nothing leased. */
  async pop({ request, autoAck }: PopWish, gone: AbortSignal): Promise<Delivery | undefined> {
    const delivery = await this.#popMessages(request, autoAck);
    return await this.#releaseIfGone(delivery, gone);
  }

  /**
   * As {@link pop}, but waits for messages up to a time. Looks by itself first unless others wait for the same: busy
   * consumers do not queue behind one another's pops.
   *
   * @throws WaitingRoomFullError
   */
  async popWaiting(wish: PopWish, timeoutMs: number, gone: AbortSignal): Promise<Delivery | undefined> {
    if (timeoutMs === 0 || !this.#room.isWaitedFor(wish.request.target)) {
      const delivery = await this.pop(wish, gone);
      if (delivery !== undefined || timeoutMs === 0) return delivery;
    }
    return await this.#releaseIfGone(await this.#room.wait(wish, timeoutMs, gone), gone);
  }

  /** See {@link acknowledge}. Consumers that wait for what the acks set free are woken. */
  async acknowledge(acknowledgements: readonly Acknowledgement[]): Promise<readonly AckResult[]> {
    const { results, freed } = await acknowledge(this.#pool, this.#completion, acknowledgements);
    if (freed.length > 0) this.#line.wake([...new Set(freed.flatMap(wakeKeysOf))]);
    return results;
  }

  /** False when the lease is not live. */
  async extendLease(leaseId: string, seconds: number): Promise<boolean> {
    const { rowCount } = await this.#pool.query(extendLeaseStatement(leaseId, seconds));
    return rowCount === 1;
  }

  /** Answers everybody who waits; resolves when they have left nothing behind. */
  async close(): Promise<void> {
    await this.#room.close();
  }

  /**
   * Always with a lease at first: with autoAck it is completed only when the waiter is still there, because what is
   * acknowledged for one that has gone would be lost.
   */
  async #popForWaiter(waiter: Waiter): Promise<Delivery | undefined> {
    const { request, autoAck } = waiter.wish;
    const popped = await this.#popMessages(request, false);
    const delivery = await this.#releaseIfGone(popped, waiter.gone);
    if (delivery?.lease === undefined || !autoAck) return delivery;
    waiter.stopClock();
    const { rowCount } = await this.#pool.query(completeLeaseStatement(delivery.lease));
    if (rowCount === 1) return { messages: delivery.messages, lease: undefined };
    // The lease ran out in this moment and somebody else has the messages.
    waiter.leave();
    return undefined;
  }

  async #releaseIfGone(delivery: Delivery | undefined, gone: AbortSignal): Promise<Delivery | undefined> {
    if (!gone.aborted || delivery?.lease === undefined) return delivery;
    await this.#pool.query(releaseLeaseStatement(delivery.lease));
    const [message] = delivery.messages;
    if (message !== undefined) this.#line.wake(wakeKeysWithin(message.queue, message.partition));
    return undefined;
  }

  async #findReady(targets: readonly PopTarget[]): Promise<readonly PopTarget[]> {
    const { rows } = await this.#pool.query<ReadyRow>(findReadyStatement(targets));
    return rows.flatMap(({ position }) => targets[Number(position) - 1] ?? []);
  }

  #popMessages(request: PopRequest, autoAck: boolean): Promise<Delivery | undefined> {
    const context = { pool: this.#pool, cipher: this.#cipher, memory: this.#memory };
    const handover = { leaseId: this.#ids.generate().text, autoAck };
    return this.#gate.run(targetKey(request.target), () => popMessages(context, request, handover));
  }
}
