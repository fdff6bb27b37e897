import { Pool } from 'undici';
import { type FakeServer, serve } from './fake-queue.ts';

export interface Reply {
  readonly status: number;
  readonly body: string;
}

/** A request on its way from the harness to the server. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** Asks the server, with the client's body or with another one in its place. */
  readonly forward: (body?: string) => Promise<Reply>;
}

/** Decides what the client is answered. */
export type Answer = (exchange: Exchange) => Promise<Reply>;

export function isPush({ path }: Exchange): boolean {
  return path.startsWith('/api/v1/push');
}

export function isPop({ path }: Exchange): boolean {
  return path.startsWith('/api/v1/pop/');
}

/** Passes everything on as it is. */
export const honestly: Answer = ({ forward }) => forward();

/** An HTTP server between the harness and a server, on sockets of its own to both sides, that answers as it is told. */
export async function startProxy(upstream: string, answer: Answer): Promise<FakeServer> {
  const pool = new Pool(upstream, { connections: 64, pipelining: 1 });
  const proxy = await serve((request, body, response) => {
    const { method = 'GET', url: path = '/' } = request;
    const forward = async (changed: string = body): Promise<Reply> => {
      const headers = { 'content-type': 'application/json' };
      const reply = await pool.request({ method, path, headers, body: method === 'GET' ? null : changed });
      return { status: reply.statusCode, body: await reply.body.text() };
    };
    answer({ method, path, body, forward }).then(
      ({ status, body: answered }) => response.writeHead(status, { 'content-type': 'application/json' }).end(answered),
      // The server, or the proxy itself, is at an end: the client is to see that, and not an answer.
      () => response.destroy(),
    );
  });
  return {
    baseUrl: proxy.baseUrl,
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await pool.destroy();
    },
  };
}
