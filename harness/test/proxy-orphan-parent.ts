/** A harness that starts a proxy, says where it is, and then waits to be killed by the test. */
import { startLink } from '../faults/tcp-proxy.ts';

const [port = ''] = process.argv.slice(2);
const link = await startLink({ host: '127.0.0.1', port: Number(port) });
process.stdout.write(`${JSON.stringify({ port: link.port, pid: link.pid })}\n`);
setInterval(() => undefined, 60_000);
