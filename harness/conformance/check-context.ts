import { setTimeout as sleep } from 'node:timers/promises';
import { expectSame, expectStatus, expectThat } from './assertion.ts';
import { CannotCheck, given } from './finding-error.ts';
import type { HttpClient, Reply, RequestOrder } from './http-client.ts';
import { type AckResult, ackResults, type Message, messagesOf, type PushResult, pushResults } from './wire-reply.ts';

export const PUSH = '/api/v1/push';

/** An item of a push, without the queue. */
export interface Item {
  readonly partition?: string;
  readonly payload?: unknown;
  readonly transactionId?: string;
  readonly traceId?: string;
}

/** Where to pop, and the query. */
export interface PopOrder {
  readonly partition?: string;
  readonly batch?: number;
  readonly consumerGroup?: string;
  readonly autoAck?: boolean;
  /** Milliseconds to wait for a message; no waiting when absent. */
  readonly waitMs?: number;
  readonly subscriptionMode?: string;
  readonly subscriptionFrom?: string;
  readonly signal?: AbortSignal;
}

interface AckOrder {
  readonly status?: string;
  readonly error?: string;
  readonly consumerGroup?: string;
  /** Taken from the message when absent. */
  readonly leaseId?: string | null;
}

/** What a check has: names of its own, a deadline, and the requests of producers and consumers. */
export class CheckContext {
  readonly client: HttpClient;
  /** Unique to this check on this target: names that begin so are nobody else's. */
  readonly prefix: string;
  readonly #signal: AbortSignal;
  readonly #queues: Set<string>;
  #made = 0;

  constructor(client: HttpClient, options: { prefix: string; signal: AbortSignal; queues: Set<string> }) {
    this.client = client;
    this.prefix = options.prefix;
    this.#signal = options.signal;
    this.#queues = options.queues;
  }

  /** A queue name of this run; the queue is deleted after it, should it come to exist. */
  queueName(suffix = ''): string {
    this.#made += 1;
    return this.ownedQueue(`${this.prefix}-${this.#made}${suffix}`);
  }

  /** Takes a name that begins with the prefix for a queue to be deleted. */
  ownedQueue(name: string): string {
    this.#queues.add(name);
    return name;
  }

  async send(order: RequestOrder): Promise<Reply> {
    const signal = order.signal === undefined ? this.#signal : AbortSignal.any([this.#signal, order.signal]);
    return await this.client.send({ ...order, signal });
  }

  async get(path: string): Promise<Reply> {
    return await this.send({ method: 'GET', path });
  }

  async post(path: string, body: unknown): Promise<Reply> {
    return await this.send({ method: 'POST', path, body });
  }

  async sleep(durationMs: number): Promise<void> {
    await sleep(durationMs, undefined, { signal: this.#signal }).catch((error: unknown) => {
      throw new CannotCheck(String(this.#signal.reason), { cause: error });
    });
  }

  /** Asks again until the answer is accepted, or the time is up; gives back the last answer. */
  async until<T>(limitMs: number, ask: () => Promise<T>, accept: (answer: T) => boolean): Promise<T> {
    const endMs = performance.now() + limitMs;
    for (;;) {
      const answer = await ask();
      if (accept(answer) || performance.now() >= endMs) return answer;
      await this.sleep(50);
    }
  }

  /** Set-up: a new queue. */
  async queue(options: object = {}, labels: { namespace?: string; task?: string } = {}): Promise<string> {
    const queue = this.queueName();
    await given(async () => expectStatus(await this.configure(queue, options, labels), 200));
    return queue;
  }

  async configure(queue: string, options: object = {}, labels: object = {}): Promise<Reply> {
    return await this.post('/api/v1/configure', { queue, ...labels, options });
  }

  /** Set-up: stores items, each answered `queued`. */
  async store(queue: string, items: readonly Item[]): Promise<readonly PushResult[]> {
    return await given(async () => {
      const reply = await this.pushReply(queue, items);
      const results = pushResults(reply, items.length);
      expectThat(
        results.every(({ status }) => status === 'queued'),
        'every item queued',
        reply.text,
        reply.request,
      );
      return results;
    });
  }

  /** Set-up: a queue with the payloads 1 to n in one partition. */
  async queueOf(count: number, options: object = {}, partition = 'Default'): Promise<string> {
    const queue = await this.queue(options);
    await this.store(queue, numbered(count, partition));
    return queue;
  }

  async pushReply(queue: string, items: readonly Item[], path = PUSH): Promise<Reply> {
    return await this.post(path, { items: items.map((item) => ({ queue, ...item })) });
  }

  /** One result an item, in allowed words. @throws Violation */
  async push(queue: string, items: readonly Item[], path = PUSH): Promise<readonly PushResult[]> {
    return pushResults(await this.pushReply(queue, items, path), items.length);
  }

  async popReply(queue: string, order: PopOrder = {}): Promise<Reply> {
    return await this.send(popRequest(popPath(queue, order.partition), order));
  }

  async pop(queue: string, order: PopOrder = {}): Promise<readonly Message[]> {
    return messagesOf(await this.popReply(queue, order));
  }

  /** Set-up: pops exactly so many messages under one lease. */
  async take(queue: string, count: number, order: PopOrder = {}): Promise<readonly Message[]> {
    return await given(async () => {
      const messages = await this.pop(queue, { batch: count, ...order });
      const leased = messages.length === count && messages.every(({ leaseId }) => leaseId !== null);
      expectThat(leased, `${count} leased messages`, messages);
      return messages;
    });
  }

  /**
   * Pops with autoAck until there is nothing left; the payloads, in order of delivery.
   *
   * @throws Violation when a message comes twice; a server that always has another would be drained for ever.
   */
  async drain(queue: string, order: PopOrder = {}): Promise<readonly unknown[]> {
    const drained: unknown[] = [];
    const seen = new Set<string>();
    for (;;) {
      const messages = await this.pop(queue, { batch: 1000, autoAck: true, ...order });
      if (messages.length === 0) return drained;
      for (const { id, data } of messages) {
        expectThat(!seen.has(id), 'each message once', `message ${id} twice`);
        seen.add(id);
        drained.push(data);
      }
    }
  }

  /** What is popped now: exactly these payloads. @throws Violation */
  async expectPop(queue: string, order: PopOrder, payloads: readonly unknown[]): Promise<readonly Message[]> {
    const reply = await this.popReply(queue, order);
    const messages = messagesOf(reply);
    const came = messages.map(({ data }) => data);
    expectSame('a pop of the payloads', came, payloads, reply.request);
    return messages;
  }

  async ackReply(message: Message | undefined, order: AckOrder = {}): Promise<Reply> {
    return await this.post('/api/v1/ack', ackBody(message, order));
  }

  /** Acknowledges one message, which must be accepted; the answer's status word. @throws Violation */
  async ack(message: Message | undefined, order: AckOrder = {}): Promise<unknown> {
    const reply = await this.ackReply(message, order);
    expectStatus(reply, 200);
    return (reply.json as { readonly status?: unknown }).status;
  }

  async ackBatchReply(
    messages: readonly (Message | undefined)[],
    { consumerGroup, ...order }: AckOrder = {},
  ): Promise<Reply> {
    const acknowledgments = messages.map((message) => ackBody(message, order));
    return await this.post('/api/v1/ack/batch', { acknowledgments, ...(consumerGroup && { consumerGroup }) });
  }

  /** One result a message. @throws Violation */
  async ackBatch(messages: readonly Message[], order: AckOrder = {}): Promise<readonly AckResult[]> {
    return ackResults(await this.ackBatchReply(messages, order), messages.length);
  }
}

/** The payloads 1 to n, with ids that name them. */
export function numbered(count: number, partition = 'Default'): readonly Required<Omit<Item, 'traceId'>>[] {
  return Array.from({ length: count }, (_, index) => ({
    partition,
    payload: index + 1,
    transactionId: `m${index + 1}`,
  }));
}

/** A message's acknowledgement as the contract has it. */
export function ackBody(message: Message | undefined, { status = 'completed', ...order }: AckOrder = {}): object {
  const { transactionId, partitionId, leaseId } = message ?? {};
  return { transactionId, partitionId, leaseId, status, ...order };
}

/** Path of a pop; names are percent-encoded. */
export function popPath(queue: string, partition?: string): string {
  const inPartition = partition === undefined ? '' : `/partition/${encodeURIComponent(partition)}`;
  return `/api/v1/pop/queue/${encodeURIComponent(queue)}${inPartition}`;
}

/** A pop's request: path and query. */
export function popRequest(path: string, { partition: _, waitMs, signal, ...query }: PopOrder): RequestOrder {
  const pairs = Object.entries({ ...query, ...(waitMs !== undefined && { wait: true, timeout: waitMs }) });
  const text = new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, String(value)])).toString();
  const joint = path.includes('?') ? '&' : '?';
  return {
    method: 'GET',
    path: text === '' ? path : path + joint + text,
    waitMs: waitMs ?? 0,
    ...(signal && { signal }),
  };
}
