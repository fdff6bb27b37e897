/** A harness that loads a server for a minute, and is killed by the test before that. */
import { runLoad } from '../load/run-load.ts';
import { armLoad, loadOrder } from './arm-load.ts';

const [baseUrl = ''] = process.argv.slice(2);
await runLoad(
  loadOrder({
    baseUrl,
    load: armLoad({ batch: 1, payloadBytes: 80, partitions: 1, connections: 2, durationMs: 60_000 }),
    graceMs: 60_000,
  }),
  () => undefined,
  new AbortController().signal,
);
