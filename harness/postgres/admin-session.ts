import { Client } from 'pg';
import type { ConnectionTarget } from './provider.ts';

const CONNECT_LIMIT_MS = 5_000;

/**
 * Runs `work` in a session of its own with application_name `queueproof-harness`, and closes the session.
 * Throws what the driver throws; no error text holds the password.
 */
export async function withAdminSession<T>(target: ConnectionTarget, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    ...target,
    application_name: 'queueproof-harness',
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
  });
  // A server that goes away between two statements would otherwise end the process; the next statement reports it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
