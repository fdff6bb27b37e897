import { runLoad } from '../load/run-load.ts';
import { generatorLimit } from '../measure/generator-limit.ts';
import { bootstrapMedian, exactly } from '../measure/interval.ts';
import { latencyPercentiles, mergeHistograms } from '../measure/latency.ts';
import { summarizeRun } from '../measure/summarize-run.ts';
import type { BenchContext, BenchOutcome } from './bench.ts';
import { startKnownServer } from './known-server.ts';
import { openLoad } from './open-load.ts';
import { ECHO } from './server-model.ts';

/** More than it can send, and no more than may wait for a connection in the time. */
const OFFERED_PER_S = 60_000;
const CONNECTIONS = 64;
const WARM_UP_MS = 1_000;
const DURATION_MS = 4_000;
const GRACE_MS = 10_000;
const BUCKET_MS = 250;
/** The bar. */
const LEAST_PER_S = 15_000;

/**
 * How many requests of one message, each with a body of its own, the open loop sends on one core to a server that answers at
 * once; replies are judged and taken down as in every load. Offered is more than it can do: it has to say itself that it was
 * the limit.
 */
export async function benchGenerator({ onProgress, seed, signal }: BenchContext): Promise<BenchOutcome> {
  onProgress(`${OFFERED_PER_S} requests/s over ${CONNECTIONS} connections`);
  const server = await startKnownServer(ECHO, signal);
  const times = { warmUpMs: WARM_UP_MS, durationMs: DURATION_MS, graceMs: GRACE_MS };
  const order = openLoad({ ...times, baseUrl: server.baseUrl, rate: OFFERED_PER_S, connections: CONNECTIONS });
  const outcome = await runLoad(order, () => undefined, signal);
  const { requests } = await server.stop();
  const { series, acknowledgedMessages, measuredRequests, windowMs } = summarizeRun(outcome, BUCKET_MS);
  if (requests !== acknowledgedMessages) {
    throw new Error(`${requests} requests were answered, but ${acknowledgedMessages} messages are acknowledged`);
  }
  const [from, to] = [series.measuredFromMs, series.measuredFromMs + windowMs].map((ms) => Math.ceil(ms / BUCKET_MS));
  const rate = bootstrapMedian(series.acknowledgedPerS.slice(from, to), seed);
  const { cpuUs, eventLoopUtilization, wakeLag } = outcome;
  const wakeLagUs = wakeLag === undefined ? null : latencyPercentiles(mergeHistograms([wakeLag]));
  const limit = generatorLimit({ eventLoopUtilization, cpuCores: cpuUs / (windowMs * 1_000), wakeLagUs });
  return {
    figures: [
      { what: 'sent, answered and judged', unit: 'requests/s', value: rate },
      { what: 'CPU time of the load process', unit: '% of a core', value: exactly(cpuUs / (windowMs * 10)) },
      {
        what: 'so with a core to itself it would send',
        unit: 'requests/s',
        value: exactly((measuredRequests * 1_000_000) / cpuUs),
      },
      { what: 'its event loop was busy', unit: '% of the time', value: exactly(100 * eventLoopUtilization) },
    ],
    bars: [
      {
        text: `at least ${LEAST_PER_S} requests/s on one core`,
        met: rate.low >= LEAST_PER_S ? true : rate.high < LEAST_PER_S ? false : null,
        observed: `${Math.round(rate.median)} [${Math.round(rate.low)}, ${Math.round(rate.high)}]`,
      },
      { text: 'says that it was the limit', met: limit !== undefined, observed: limit ?? 'nothing was said' },
    ],
  };
}
