import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { FakeServer } from './fake-queue.ts';

/** What is written to the socket in place of an answer. */
export type Misbehaviour = (socket: Socket, honest: string) => void;

type Route = 'push' | 'pop' | 'ack' | 'delete' | 'configure' | 'status';

/** How often each route misbehaves before it is honest; a route that is not named always is. */
export type Misbehaving = Readonly<Partial<Record<Route, number>>>;

/**
 * A server of bare sockets that configures every queue, takes every message, has none to give, and misbehaves
 * as it is told. It reads requests one after the other, as clients without pipelining send them.
 */
export async function startHostileServer(misbehaving: Misbehaving, misbehave: Misbehaviour): Promise<FakeServer> {
  const left = new Map(Object.entries(misbehaving));
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // The harness may well hang up on what it is told here.
    socket.on('error', () => undefined);
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      for (let request = takeRequest(text); request !== undefined; request = takeRequest(text)) {
        text = request.rest;
        const honest = answerTo(request);
        const route = routeOf(request.head);
        const times = left.get(route) ?? 0;
        left.set(route, times - 1);
        if (times > 0) misbehave(socket, honest);
        else socket.write(replyOf(honest));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A reply as HTTP has it. */
export function replyOf(body: string, { status = '200 OK', headers = '' } = {}): string {
  return `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

interface Request {
  readonly head: string;
  readonly body: string;
  readonly rest: string;
}

function takeRequest(text: string): Request | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = text.slice(0, end);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  const body = text.slice(end + 4, end + 4 + length);
  return body.length < length ? undefined : { head, body, rest: text.slice(end + 4 + length) };
}

function routeOf(head: string): Route {
  if (head.startsWith('DELETE')) return 'delete';
  if (head.startsWith('GET')) return head.includes('/pop/') ? 'pop' : 'status';
  if (head.includes('/ack')) return 'ack';
  return head.includes('/configure') ? 'configure' : 'push';
}

function answerTo({ head, body }: Request): string {
  switch (routeOf(head)) {
    case 'delete':
      return '{"deleted":true,"existed":true}';
    case 'configure':
      return '{"configured":true}';
    case 'status':
      return '{"status":"healthy","pending":0,"bufferedMessages":0,"bufferStats":{"failedFiles":{"count":0,"totalBytes":0}}}';
    case 'pop':
      return '{"messages":[]}';
    case 'ack':
      return '{"results":[]}';
    case 'push': {
      const { items } = JSON.parse(body) as { readonly items: readonly { readonly transactionId: string }[] };
      const item = (transaction_id: string) => ({ status: 'queued', transaction_id, message_id: randomUUID() });
      return JSON.stringify(items.map(({ transactionId }) => item(transactionId)));
    }
  }
}
