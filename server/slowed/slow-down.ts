import { startServerWith } from '../defects/composition/start-server-with.ts';
import * as good from '../http/app.ts';
import { spinShare, threadClock } from './spin-share.ts';

/** Asking for the thread's CPU time costs 0.3 µs, a twelfth of what is to be spun after one of the smallest requests. */
const RESPONSES_A_SPIN = 10;

/**
 * Starts the server with so much more to do: after every few responses a worker spins on its event loop for `share` of the CPU
 * time its thread has spent on the requests since. It answers as the good server does, only later: what a regression
 * gate has to see, and no check may accuse. The threads of the legacy pool are as fast as ever.
 */
export async function startSlowedServer(share: number): Promise<void> {
  await startServerWith('http/app.ts', good, {
    createApp: (parts) => {
      const app = good.createApp(parts);
      const spin = spinShare(share, threadClock);
      let responses = 0;
      app.addHook('onResponse', async () => {
        responses += 1;
        if (responses % RESPONSES_A_SPIN === 0) spin();
      });
      return app;
    },
  });
}
