import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type FakeServer, serve } from './fake-queue.ts';

/** What the real server was seen to do (commit f06f905, and 4cde33c where it is named), beside its ordinary answers. */
export type Quirk =
  | 'none'
  /** The database is gone: every item has an empty status and no id, under HTTP 200. */
  | 'empty status'
  /** A connection was given back inside a failed transaction: the batch fails, and later pushes are swallowed. */
  | 'poisoned connection'
  /** push-legacy: one error for the whole request, under HTTP 200, even when others of its items were stored. */
  | 'error under 200'
  /** The file buffer took it: `queued`, without an id of its own. */
  | 'failover'
  /** Maintenance mode. */
  | 'buffered'
  /** 4cde33c: an empty pop is the text `null`. */
  | 'null for nothing'
  /** A pop that failed is an error under HTTP 200. */
  | 'pop fails under 200'
  /** The first two times something is acknowledged; what was leased comes again when its lease has run out. */
  | 'ack fails under 200'
  /** Completed ones first, and a word of another kind among them. */
  | 'ack retries'
  /** 4cde33c: acks are answered without a transaction id. */
  | 'acks without ids'
  /** The database does not answer when a queue is to be deleted. */
  | 'queue stays';

interface Message {
  readonly id: string;
  readonly transactionId: string;
  readonly data: unknown;
}

interface Partition {
  readonly id: string;
  readonly messages: Message[];
  leasedUntilMs: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** One push in so many shows the quirk. */
const ONE_IN = 5;

/** As it is configured by the runs of the tests. */
const LEASE_MS = 1_000;

const NOT_FOUND = '<html><body><h1>File Not Found</h1><hr><i>uWebSockets/20 Server</i></body></html>';

/** Answers as the real server was recorded to: HTTP 200 whatever happened, keys in alphabetical order, bodies to the letter. */
export async function startFakeQueen(quirk: Quirk): Promise<FakeServer> {
  const queen = new Queen(quirk);
  return await serve((request, body, response) => {
    const answer = queen.answer(request, body);
    if (answer === undefined) response.writeHead(404, 'File Not Found').end(NOT_FOUND);
    else response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
  });
}

class Queen {
  readonly #quirk: Quirk;
  readonly #partitions = new Map<string, Partition>();
  #pushes = 0;
  #acks = 0;

  constructor(quirk: Quirk) {
    this.#quirk = quirk;
  }

  /** The body of a reply; undefined where there is no such route. */
  answer({ method, url = '/' }: IncomingMessage, body: string): string | undefined {
    const { pathname, searchParams } = new URL(url, 'http://queen');
    if (method === 'GET' && pathname.startsWith('/api/v1/pop/queue/')) {
      return this.#pop(pathname, Number(searchParams.get('batch') ?? 1), searchParams.get('autoAck') === 'true');
    }
    if (method === 'DELETE' && pathname.startsWith('/api/v1/resources/queues/')) {
      return JSON.stringify({
        deleted: true,
        existed: this.#quirk !== 'queue stays',
        queue: pathname.split('/').at(-1),
      });
    }
    const fields: Fields = body === '' ? {} : JSON.parse(body);
    switch (`${method} ${pathname}`) {
      case 'GET /health':
        return '{"database":"connected","server":"C++ Queen Server (Acceptor/Worker)","status":"healthy","version":"1.0.0","worker_id":1}';
      case 'GET /api/v1/status/buffers':
        return '{"dbHealthy":true,"failed":0,"pending":0,"worker":0}';
      case 'GET /api/v1/system/maintenance':
        return '{"bufferHealthy":true,"bufferStats":{"dbHealthy":true,"failedCount":0,"failedFiles":{"count":0,"failoverCount":0,"qos0Count":0,"totalBytes":0,"totalMB":0.0},"pendingCount":0},"bufferedMessages":0,"maintenanceMode":false}';
      case 'POST /api/v1/configure':
        return JSON.stringify({ configured: true, namespace: '', options: { leaseTime: 300 }, queue: fields.queue });
      case 'POST /api/v1/push':
      case 'POST /api/v1/push-legacy':
        return this.#push(fields.items as readonly Fields[]);
      case 'POST /api/v1/ack/batch':
        return this.#ackBatch(fields.acknowledgments as readonly Fields[]);
      default:
        return undefined;
    }
  }

  #push(items: readonly Fields[]): string {
    this.#pushes += 1;
    const shows = this.#pushes % ONE_IN === 0;
    if (shows && this.#quirk === 'empty status') {
      return JSON.stringify(items.map(() => ({ status: '', transaction_id: '' })));
    }
    if (shows && this.#quirk === 'poisoned connection') {
      const error = 'PQsendQuery failed: another command is already in progress\n';
      const isFirst = this.#pushes === ONE_IN;
      return JSON.stringify(
        items.map(({ transactionId }) =>
          isFirst ? { error, status: 'failed', transaction_id: transactionId } : { status: '', transaction_id: '' },
        ),
      );
    }
    const stored = items.map((item) => this.#store(item));
    if (shows && this.#quirk === 'error under 200') {
      return JSON.stringify({ error: 'Batch insert failed: ERROR:  value too long for type character varying(255)\n' });
    }
    return JSON.stringify(stored.map(({ id, transactionId }) => this.#itemOf(id, transactionId, shows)));
  }

  #itemOf(id: string, transactionId: string, shows: boolean): object {
    if (shows && this.#quirk === 'failover') return { failover: true, status: 'queued', transaction_id: transactionId };
    if (shows && this.#quirk === 'buffered') return { status: 'buffered', transaction_id: transactionId };
    return { message_id: id, status: 'queued', transaction_id: transactionId };
  }

  #store({ queue, partition = 'Default', transactionId, payload }: Fields): Message {
    const message = { id: randomUUID(), transactionId: String(transactionId), data: payload };
    const name = `${queue}/${partition}`;
    const found = this.#partitions.get(name) ?? { id: randomUUID(), messages: [], leasedUntilMs: 0 };
    this.#partitions.set(name, found);
    found.messages.push(message);
    return message;
  }

  #pop(pathname: string, batch: number, autoAck: boolean): string {
    if (this.#quirk === 'pop fails under 200') return JSON.stringify({ error: 'Failed to acquire connection' });
    const [queue = '', wanted] = pathname.replace('/api/v1/pop/queue/', '').split('/partition/');
    for (const [name, partition] of this.#partitions) {
      const isMeant = wanted === undefined ? name.startsWith(`${queue}/`) : name === `${queue}/${wanted}`;
      if (!isMeant || partition.leasedUntilMs > performance.now() || partition.messages.length === 0) continue;
      const taken = autoAck ? partition.messages.splice(0, batch) : partition.messages.slice(0, batch);
      const leaseId = randomUUID();
      if (!autoAck) partition.leasedUntilMs = performance.now() + LEASE_MS;
      const messages = taken.map(({ data, id, transactionId }) => ({
        consumerGroup: null,
        createdAt: '2026-11-23T03:35:53.810Z',
        data,
        id,
        leaseId,
        partition: name.slice(queue.length + 1),
        partitionId: partition.id,
        priority: 0,
        queue,
        retryCount: 0,
        traceId: null,
        transactionId,
      }));
      return JSON.stringify({ messages });
    }
    return this.#quirk === 'null for nothing' ? 'null' : '';
  }

  #ackBatch(acks: readonly Fields[]): string {
    this.#acks += 1;
    if (this.#quirk === 'ack fails under 200' && this.#acks <= 2) {
      return JSON.stringify({ error: 'Failed to acknowledge message: invalid_lease' });
    }
    const partition = [...this.#partitions.values()].find(({ id }) => id === acks[0]?.partitionId);
    partition?.messages.splice(0, acks.length);
    if (partition !== undefined) partition.leasedUntilMs = 0;
    if (this.#quirk === 'acks without ids') {
      const results = acks.map(() => ({ message: 'completed', success: true }));
      return JSON.stringify({ failed: 0, results, successful: acks.length });
    }
    const results = acks.map(({ transactionId }) => ({ status: 'completed', transactionId }));
    if (this.#quirk === 'ack retries' && results[0] !== undefined) {
      results.push({ ...results[0], status: 'failed_retry' });
      results.shift();
    }
    return JSON.stringify({ processed: acks.length, results });
  }
}
