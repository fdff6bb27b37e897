/** The proxy's own process, so that neither the harness nor the load waits for it. Started by tcp-proxy.ts. */
import type { LinkState } from './fault.ts';
import { LinkProxy } from './link-proxy.ts';
import type { ProxyAnswer } from './tcp-proxy.ts';

const [host = '', targetPort = '', port = ''] = process.argv.slice(2);
const proxy = new LinkProxy({ host, port: Number(targetPort) }, Number(port));

// Ctrl-C reaches the whole group of processes; what to do about it is the parent's decision.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());

let lastChange: Promise<void> = Promise.resolve();
process.on('message', (state: LinkState) => {
  lastChange = lastChange.then(async () => {
    const answer = await proxy.set(state).then(
      (): ProxyAnswer => ({}),
      (error: unknown): ProxyAnswer => ({ failure: error instanceof Error ? error.message : String(error) }),
    );
    // A parent that is gone needs no answer; the disconnect ends us.
    if (process.connected) process.send?.(answer);
  });
});
