import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { withoutPassword } from '../scenario/describe-schema.ts';

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * The base URL without a slash at its end.
 *
 * @throws CommandError (usage) when it is none, or not of this machine and `allowRemote` is false: the conformance suite
 * makes queues, fills them and switches maintenance mode on for moments. No error text repeats a user or a password.
 */
export function parseTargetUrl(text: string, allowRemote: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    const given = withoutPassword(text);
    throw new CommandError(EXIT_CODE.usage, `--target: expected a URL such as http://127.0.0.1:6632, got "${given}"`, {
      hint: 'name the server as http://host:port, or leave --target out: then the reference server is started',
    });
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new CommandError(EXIT_CODE.usage, '--target: expected a URL without user, query or fragment', {
      hint: 'npm run conformance takes a token with --token',
    });
  }
  if (!allowRemote && !isLoopback(url.hostname)) {
    throw new CommandError(EXIT_CODE.usage, `--target: ${url.hostname} is not this machine`, {
      hint: 'the suite makes and fills queues and switches maintenance mode on for moments; to do that there: --allow-remote',
    });
  }
  return url.href.replace(/\/+$/, '');
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

/** @throws CommandError (unavailable) when nobody accepts connections there. */
export async function requireListener(baseUrl: string): Promise<void> {
  const { hostname, port, protocol } = new URL(baseUrl);
  const host = hostname.replace(/^\[|\]$/g, '');
  const socket = connect({ host, port: Number(port || (protocol === 'https:' ? 443 : 80)) });
  const problem = await Promise.race([
    new Promise<undefined>((resolve) => socket.once('connect', () => resolve(undefined))),
    new Promise<string>((resolve) => socket.once('error', (error) => resolve(error.message))),
    sleep(CONNECT_TIMEOUT_MS, `no connection within ${CONNECT_TIMEOUT_MS} ms`, { ref: false }),
  ]);
  socket.destroy();
  if (problem === undefined) return;
  throw new CommandError(EXIT_CODE.unavailable, `nobody answers at ${baseUrl}: ${problem}`, {
    hint: 'start the server, or leave --target out: then the reference server is started',
  });
}
