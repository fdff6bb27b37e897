import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a fake queue does wrong. */
export type Defect =
  | 'none'
  | 'stores nothing'
  | 'newest first'
  | 'empty statuses'
  | 'ids of others'
  | 'one lease for two waiters'
  | 'acks without a lease'
  | 'leases are not exclusive'
  | 'cursor goes backwards'
  | 'no duplicate detection'
  | 'drops the batch of a bad item'
  | 'waiters are never woken'
  | 'swallows for those who left'
  | 'always 200';

interface Stored {
  readonly id: string;
  readonly transactionId: string;
  readonly data: unknown;
}

interface Partition {
  readonly id: string;
  readonly queue: string;
  readonly name: string;
  readonly messages: Stored[];
  /** By group. */
  readonly consumers: Map<string, { readonly settled: Set<string>; lease: string | null; held: Set<string> }>;
}

interface Pop {
  readonly queue: string;
  readonly partition: string | undefined;
  readonly group: string;
  readonly batch: number;
  readonly autoAck: boolean;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

export interface FakeServer extends AsyncDisposable {
  readonly baseUrl: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** A queue in memory that speaks push, pop and ack of the contract, with one defect. */
export async function startFakeQueue(defect: Defect): Promise<FakeServer> {
  const queue = new MemoryQueue(defect);
  return await serve((request, body, response) => {
    queue.answer(request, body, response).catch((error: unknown) => {
      response.writeHead(500).end(JSON.stringify({ error: String(error) }));
    });
  });
}

/** An HTTP server that does one thing with every request, once it has arrived. */
export async function serve(
  react: (request: IncomingMessage, body: string, response: ServerResponse) => void,
): Promise<FakeServer> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => react(request, Buffer.concat(chunks).toString(), response));
  });
  return await listen(server);
}

/** Lets a server listen on a free port of 127.0.0.1; disposing the result ends it with its connections. */
export async function listen(server: Server): Promise<FakeServer> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

class MemoryQueue {
  readonly #defect: Defect;
  readonly #queues = new Set<string>();
  readonly #partitions = new Map<string, Partition>();
  readonly #waiters = new Set<{ readonly pop: Pop; readonly give: (answer: Answer) => void }>();

  constructor(defect: Defect) {
    this.#defect = defect;
  }

  async answer(request: IncomingMessage, text: string, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    const { status, body } = await this.#route(`${request.method} ${url.pathname}`, url, text, response);
    const declared = this.#defect === 'always 200' ? 200 : status;
    response.writeHead(declared, { 'content-type': 'application/json' });
    response.end(body === undefined ? '' : JSON.stringify(body));
  }

  async #route(route: string, url: URL, text: string, response: ServerResponse): Promise<Answer> {
    if (route.startsWith('GET /api/v1/pop/queue/')) return await this.#pop(decodePop(url), url, response);
    const fields: Fields = text === '' ? {} : (JSON.parse(text) as Fields);
    if (route === 'POST /api/v1/configure') {
      this.#queues.add(String(fields.queue));
      return { status: 200, body: { configured: true } };
    }
    if (route === 'POST /api/v1/push') return this.#push(fields);
    if (route === 'POST /api/v1/ack') return this.#ack(fields);
    return { status: 404, body: { error: 'No route' } };
  }

  #push({ items }: Fields): Answer {
    if (!Array.isArray(items)) return { status: 400, body: { error: 'items array is required' } };
    if (items.some((item) => typeof item?.queue !== 'string')) {
      return { status: 400, body: { error: 'Queue must be a string' } };
    }
    const bad = this.#defect === 'drops the batch of a bad item' && items.some(({ queue }) => !this.#queues.has(queue));
    const results = items.map((item: Fields) => (bad ? failed(item) : this.#store(item)));
    if (this.#defect === 'ids of others') results.reverse();
    this.#wake();
    return { status: 201, body: results };
  }

  #store(item: Fields): object {
    if (!this.#queues.has(String(item.queue))) return failed(item);
    const partition = this.#partition(String(item.queue), String(item.partition ?? 'Default'));
    const id = randomUUID();
    const transactionId = String(item.transactionId ?? randomUUID());
    const twin = partition.messages.find((message) => message.transactionId === transactionId);
    if (twin !== undefined && this.#defect !== 'no duplicate detection') {
      return { status: 'duplicate', transaction_id: transactionId, message_id: twin.id };
    }
    if (this.#defect !== 'stores nothing') partition.messages.push({ id, transactionId, data: item.payload ?? null });
    const status = this.#defect === 'empty statuses' ? '' : 'queued';
    return { status, transaction_id: transactionId, message_id: id };
  }

  #partition(queue: string, name: string): Partition {
    const key = JSON.stringify([queue, name]);
    const found = this.#partitions.get(key) ?? { id: randomUUID(), queue, name, messages: [], consumers: new Map() };
    this.#partitions.set(key, found);
    return found;
  }

  async #pop(pop: Pop, url: URL, response: ServerResponse): Promise<Answer> {
    const now = this.#take(pop);
    if (now.status === 200 || url.searchParams.get('wait') !== 'true') return now;
    return await new Promise((resolve) => {
      const waiter = { pop, give: (answer: Answer) => end(answer) };
      const timer = setTimeout(() => end({ status: 204 }), Number(url.searchParams.get('timeout')));
      const end = (answer: Answer): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        resolve(answer);
      };
      if (this.#defect !== 'swallows for those who left') response.once('close', () => end({ status: 204 }));
      this.#waiters.add(waiter);
    });
  }

  #wake(): void {
    if (this.#defect === 'waiters are never woken') return;
    if (this.#defect === 'one lease for two waiters') this.#shareLeases();
    for (const waiter of this.#waiters) {
      const answer = this.#take(waiter.pop);
      if (answer.status === 200) waiter.give(answer);
    }
  }

  /** The first two waiters of every queue get halves of one pop. */
  #shareLeases(): void {
    for (const [first, second] of Map.groupBy(this.#waiters, ({ pop }) => pop.queue).values()) {
      if (first === undefined || second === undefined) continue;
      const { status, body } = this.#take({ ...first.pop, batch: first.pop.batch * 2 });
      const { messages = [] } = (body ?? {}) as { messages?: readonly object[] };
      const half = Math.ceil(messages.length / 2);
      first.give({ status, body: { messages: messages.slice(0, half) } });
      second.give({ status, body: { messages: messages.slice(half) } });
    }
  }

  #take({ queue, partition: name, group, batch, autoAck }: Pop): Answer {
    for (const partition of this.#partitions.values()) {
      if (partition.queue !== queue || (name !== undefined && partition.name !== name)) continue;
      const consumer = this.#consumer(partition, group);
      if (consumer.lease !== null && this.#defect !== 'leases are not exclusive') continue;
      const open = partition.messages.filter(({ id }) => !consumer.settled.has(id));
      if (this.#defect === 'newest first') open.reverse();
      const taken = open.slice(0, batch);
      if (taken.length === 0) continue;
      const leaseId = autoAck ? null : randomUUID();
      if (autoAck) for (const { id } of taken) consumer.settled.add(id);
      else [consumer.lease, consumer.held] = [leaseId, new Set(taken.map(({ id }) => id))];
      const names = { queue, partition: partition.name, partitionId: partition.id, leaseId, traceId: null };
      return { status: 200, body: { messages: taken.map((message) => ({ ...message, ...names })) } };
    }
    return { status: 204 };
  }

  #consumer(partition: Partition, group: string) {
    const found = partition.consumers.get(group) ?? {
      settled: new Set<string>(),
      lease: null,
      held: new Set<string>(),
    };
    partition.consumers.set(group, found);
    return found;
  }

  #ack({ transactionId, partitionId, leaseId, consumerGroup }: Fields): Answer {
    if (typeof transactionId !== 'string') return { status: 400, body: { error: 'transactionId is required' } };
    const partition = [...this.#partitions.values()].find(({ id }) => id === partitionId);
    const index = partition?.messages.findIndex((message) => message.transactionId === transactionId) ?? -1;
    const message = partition?.messages[index];
    if (partition === undefined || message === undefined) return refused('not_found');
    const consumer = this.#consumer(partition, String(consumerGroup ?? ''));
    const free = this.#defect === 'acks without a lease';
    const settledHere = consumer.settled.has(message.id);
    const held = consumer.held.has(message.id) && (leaseId == null || leaseId === consumer.lease);
    if (!held && !settledHere && !free) return refused('invalid_lease');
    consumer.settled.add(message.id);
    if (this.#defect === 'cursor goes backwards') {
      for (const [at, { id }] of partition.messages.entries()) {
        if (at <= index) consumer.settled.add(id);
        else consumer.settled.delete(id);
      }
    }
    consumer.held.delete(message.id);
    if (consumer.held.size === 0) consumer.lease = null;
    return { status: 200, body: { transactionId, status: 'completed', consumerGroup: consumerGroup ?? null } };
  }
}

function decodePop(url: URL): Pop {
  const [queue = '', partition] = url.pathname
    .replace('/api/v1/pop/queue/', '')
    .split('/partition/')
    .map(decodeURIComponent);
  const { searchParams } = url;
  return {
    queue,
    partition,
    group: searchParams.get('consumerGroup') ?? '',
    batch: Number(searchParams.get('batch') ?? 1),
    autoAck: searchParams.get('autoAck') === 'true',
  };
}

function failed({ queue, transactionId }: Fields): object {
  const error = `Queue '${queue}' does not exist. Please create it using the configure endpoint first.`;
  return { status: 'failed', transaction_id: transactionId ?? randomUUID(), error };
}

function refused(reason: string): Answer {
  return { status: 500, body: { error: `Failed to acknowledge message: ${reason}` } };
}
