/** A harness that starts the fake server, says where it is, and then waits to be killed by the test. */
import { fileURLToPath } from 'node:url';
import { startServer } from '../target/server-process.ts';

const [logFile = ''] = process.argv.slice(2);
const server = await startServer({
  workers: 1,
  poolSize: 10,
  database: { host: '127.0.0.1', port: 1, user: 'u', password: 'p', database: 'orphaning' },
  logFile,
  startTimeoutMs: 10_000,
  mainFile: fileURLToPath(new URL('fake-server.ts', import.meta.url)),
});
process.stdout.write(`${JSON.stringify([server.pid, ...server.workers().map(({ pid }) => pid)])}\n`);
setInterval(() => undefined, 60_000);
