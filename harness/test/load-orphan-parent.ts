/** A harness that loads a server for a minute, and is killed by the test before that. */
import { runLoad } from '../load/run-load.ts';

const [baseUrl = ''] = process.argv.slice(2);
await runLoad(
  {
    baseUrl,
    runId: 'r1',
    queue: 'q',
    load: {
      route: 'push',
      batch: 1,
      payloadBytes: 80,
      partitions: 1,
      connections: 2,
      warmUpMs: 0,
      durationMs: 60_000,
      messages: undefined,
    },
    graceMs: 60_000,
  },
  () => undefined,
  new AbortController().signal,
);
