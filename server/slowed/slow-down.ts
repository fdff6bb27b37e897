import { startServerWith } from '../defects/composition/start-server-with.ts';
import * as good from '../http/app.ts';
import { spinShare, threadClock } from './spin-share.ts';

/**
 * Starts the server with so much more to do: after each response a worker spins on its event loop for `share` of the CPU
 * time its thread has spent on the requests up to then. It answers as the good server does, only later: what a regression
 * gate has to see, and no check may accuse. The threads of the legacy pool are as fast as ever.
 */
export async function startSlowedServer(share: number): Promise<void> {
  await startServerWith('http/app.ts', good, {
    createApp: (parts) => {
      const app = good.createApp(parts);
      const spin = spinShare(share, threadClock);
      app.addHook('onResponse', async () => spin());
      return app;
    },
  });
}
