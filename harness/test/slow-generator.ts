/** Loaded into every process of the harness by `NODE_OPTIONS=--import`; makes the load generator, and it alone, slow. */
import { performance } from 'node:perf_hooks';

/** Of every turn of the event loop; what is left of it is enough for a few requests. */
const BURNT_MS = 5;

function burn(): void {
  const untilMs = performance.now() + BURNT_MS;
  while (performance.now() < untilMs);
  setImmediate(burn);
}

if (process.argv[1]?.endsWith('load-process.ts')) burn();
