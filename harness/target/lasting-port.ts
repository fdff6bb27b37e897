import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that Linux (from 32768) and macOS (from 49152) give to connections. A port of those may be taken by
 * a connection while its listener is away; a client that keeps trying to connect may even be given it and reach itself.
 */
const FIRST_PORT = 20_000;
const PORTS = 12_000;
const ATTEMPTS = 50;

/**
 * A port of 127.0.0.1 on which nobody listens and that nobody else is likely to take while its listener is down for a
 * while. Throws what `listen` throws when all that are tried are taken.
 */
export async function findLastingPort(): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    try {
      await tryToListen(port);
      return port;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

async function tryToListen(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
