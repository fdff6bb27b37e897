import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of node:http that answers every request with the request's own body, and does nothing else. */
export interface EchoServer extends AsyncDisposable {
  readonly baseUrl: string;
  /** Requests whose body came whole and was sent back. */
  readonly answered: number;
}

/** Starts it on a free port of 127.0.0.1. */
export async function startEchoServer(): Promise<EchoServer> {
  let answered = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      answered += 1;
      response.end(Buffer.concat(chunks));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    get answered() {
      return answered;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
