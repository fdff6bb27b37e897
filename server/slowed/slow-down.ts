import { startServerWith } from '../defects/composition/start-server-with.ts';
import * as good from '../http/app.ts';

/**
 * Starts the server with so much more to do: after each response a worker spins on its event loop for `share` of the CPU
 * time its thread has spent on the requests up to then. It answers as the good server does, only later: what a regression
 * gate has to see, and no check may accuse. The threads of the legacy pool are as fast as ever.
 */
export async function startSlowedServer(share: number): Promise<void> {
  await startServerWith('http/app.ts', good, {
    createApp: (parts) => {
      const app = good.createApp(parts);
      const spin = spinner(share);
      app.addHook('onResponse', async () => spin());
      return app;
    },
  });
}

/**
 * Keeps what was spun in all at a share of what was spent otherwise. The kernel adds to a thread's CPU time at its ticks and
 * switches only, so the difference of two responses tells nothing; their sum does.
 */
function spinner(share: number): () => void {
  const startUs = threadCpuUs();
  let spunUs = 0;
  return () => {
    const ownUs = threadCpuUs() - startUs - spunUs;
    const dueUs = share * ownUs - spunUs;
    if (dueUs <= 0) return;
    const untilMs = performance.now() + dueUs / 1000;
    while (performance.now() < untilMs);
    spunUs += dueUs;
  };
}

function threadCpuUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}
