import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A message as it was pushed. */
export interface PushedItem {
  readonly queue: string;
  readonly partition: string;
  readonly payload: unknown;
  readonly transactionId: string;
  readonly traceId?: string;
}

/** One item of a batch of acks. */
export interface AckItem {
  readonly transactionId: string;
  readonly partitionId: string;
  readonly leaseId: string;
  readonly status: string;
  /** Empty in queue mode. */
  readonly consumerGroup: string;
}

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * What is done with a request: it is answered, its socket is closed in order (FIN), reset (RST), closed in the middle of
 * a reply, or it is left waiting.
 */
export type Reaction = Answer | 'fin' | 'rst' | 'half' | 'never';

export interface FakeQueueServer extends AsyncDisposable {
  readonly baseUrl: string;
  /** Sockets that are open now. */
  readonly sockets: () => number;
}

/** The contract's answer to a push. */
export function answerAll(items: readonly PushedItem[]) {
  return items.map((item) => ({
    status: 'queued',
    transaction_id: item.transactionId,
    message_id: randomUUID(),
  }));
}

/** An HTTP server on 127.0.0.1, on a free port if none is named, that answers as it is told. */
export async function startFakeQueueServer(reactions: {
  readonly push?: (items: readonly PushedItem[], count: number, path: string) => Reaction | Promise<Reaction>;
  readonly pop?: (path: string) => Reaction | Promise<Reaction>;
  readonly ack?: (items: readonly AckItem[]) => Reaction | Promise<Reaction>;
  readonly port?: number;
}): Promise<FakeQueueServer> {
  let pushes = 0;
  let sockets = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      if (request.method === 'GET') {
        return react((await reactions.pop?.(request.url ?? '')) ?? 'never', request, response);
      }
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
      if (request.url === '/api/v1/ack/batch') {
        const {
          acknowledgments,
          leaseId,
          consumerGroup = '',
        } = body as {
          readonly acknowledgments: readonly (Pick<AckItem, 'transactionId' | 'partitionId'> & Partial<AckItem>)[];
          readonly leaseId: string;
          readonly consumerGroup?: string;
        };
        // What the body holds counts for items that name none, and an ack without a status means `completed`.
        const items = acknowledgments.map((item) => ({ leaseId, consumerGroup, status: 'completed', ...item }));
        return react((await reactions.ack?.(items)) ?? 'never', request, response);
      }
      const { items } = body as { readonly items: readonly PushedItem[] };
      pushes += 1;
      const reaction = await reactions.push?.(items, pushes, request.url ?? '');
      return react(reaction ?? { body: answerAll(items) }, request, response);
    });
  });
  server.on('connection', (socket) => {
    sockets += 1;
    socket.on('close', () => {
      sockets -= 1;
    });
  });
  server.listen(reactions.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    sockets: () => sockets,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function react(reaction: Reaction, request: IncomingMessage, response: ServerResponse): void {
  if (reaction === 'never') return;
  if (reaction === 'fin') request.socket.end();
  else if (reaction === 'rst') request.socket.resetAndDestroy();
  else if (reaction === 'half') {
    response.writeHead(200, { 'content-length': 1_000 }).write('[{"status":"queued",');
    request.socket.end();
  } else {
    const { status = 200, headers = {}, body = '' } = reaction;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  }
}
