import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What came back over a raw socket. */
export interface RawReply {
  readonly status: number;
  readonly body: string;
}

/** Long enough that headers and body arrive in segments of their own. */
const SEGMENT_GAP_MS = 50;

/** Sends a request with its body in a later TCP segment than its headers; reads until the server closes the connection. */
export async function splitRequest(port: number, method: string, path: string, body?: string): Promise<RawReply> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = once(socket, 'close');
  const length =
    body === undefined ? '' : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
  const headers = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${length}`;
  if (body === undefined) {
    // Without a body the headers themselves are torn.
    socket.write(headers.slice(0, -7));
    await delay(SEGMENT_GAP_MS);
    socket.write(`${headers.slice(-7)}\r\n`);
  } else {
    socket.write(`${headers}\r\n`);
    await delay(SEGMENT_GAP_MS);
    socket.write(body);
  }
  await closed;
  const text = Buffer.concat(chunks).toString('utf8');
  const [head = '', ...rest] = text.split('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]), body: rest.join('\r\n\r\n') };
}
