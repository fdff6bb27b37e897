import autocannon from 'autocannon';
import { runLoad } from '../load/run-load.ts';
import type { LatencyUs } from '../measure/latency.ts';
import { summarizeRun } from '../measure/summarize-run.ts';
import { startKnownServer } from './known-server.ts';
import { openLoad } from './open-load.ts';
import { predictedLatenciesUs, type ServerModel } from './server-model.ts';

/** In every two seconds nothing is answered for 0.8 s: long, so that a hiccup of the machine is little beside it. */
const STALLING: ServerModel = Object.freeze({ serviceMs: 100, periodMs: 2_000, stallMs: 800 });

/** Connections for a request per second. Twice as many as are busy while there is no stall; in a stall all soon are. */
const CONNECTIONS_PER_RATE = 0.2;

const PERIODS = 2;
const DURATION_MS = PERIODS * STALLING.periodMs;
const WARM_UP_MS = 100;
const GRACE_MS = 10_000;
const BUCKET_MS = 250;
const PERCENTILES = Object.freeze({ p50: 0.5, p90: 0.9, p99: 0.99, p999: 0.999, max: 1 } as const);

/** Names of the percentiles, as in LatencyUs. */
export const PERCENTILE_NAMES = Object.keys(PERCENTILES) as (keyof typeof PERCENTILES)[];

/** The same latencies, as they should have been, as they were, and as an instrument gave them. */
export interface InstrumentTrial {
  /** By arithmetic alone, on a machine that takes no time itself. */
  readonly predicted: LatencyUs;
  /** From the intended times to when the server wrote the answers, by its own notes. */
  readonly truth: LatencyUs;
  readonly measured: LatencyUs;
}

/**
 * Runs the harness's own open loop against a stalling server, over so few connections that requests have to wait for them.
 * Nothing of the truth comes from the instrument but the start of its window: request k was intended k gaps later, and the
 * server notes when it wrote each answer.
 */
export async function tryOpenLoop(rate: number, signal: AbortSignal): Promise<InstrumentTrial> {
  const server = await startKnownServer(STALLING, signal);
  const connections = CONNECTIONS_PER_RATE * rate;
  const times = { warmUpMs: WARM_UP_MS, durationMs: DURATION_MS, graceMs: GRACE_MS };
  const order = openLoad({ ...times, baseUrl: server.baseUrl, rate, connections });
  const outcome = await runLoad(order, () => undefined, signal);
  const { answeredUs } = await server.stop();
  const { latencyUs: measured } = summarizeRun(outcome, BUCKET_MS);
  if (measured === null) throw new Error(`nothing was answered: ${outcome.errors[0]?.example}`);
  const gapUs = 1_000_000 / rate;
  // Every request has one message, so messages are numbered as requests; those of the warm-up come first.
  const first = Math.ceil((WARM_UP_MS * 1_000) / gapUs);
  const nths = Array.from({ length: first + (DURATION_MS * 1_000) / gapUs }, (_, nth) => nth - first);
  const intendedUs = nths.map((nth) => outcome.measuredFromUs + nth * gapUs);
  return {
    predicted: percentilesOf(predictedLatenciesUs(STALLING, intendedUs, connections).slice(first)),
    truth: percentilesOf(intendedUs.map((us, nth) => (answeredUs[nth] ?? Number.NaN) - us).slice(first)),
    measured,
  };
}

/** What autocannon gives for the same rate and connections at such a server, in its rate mode with its correction. */
export async function tryAutocannon(rate: number, signal: AbortSignal): Promise<LatencyUs> {
  const server = await startKnownServer(STALLING, signal);
  const { latency } = await autocannon({
    url: `${server.baseUrl}/api/v1/push`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"items":[{"queue":"q","partition":"p0","payload":1,"transactionId":"x-0"}]}',
    overallRate: rate,
    connections: CONNECTIONS_PER_RATE * rate,
    duration: DURATION_MS / 1_000,
  });
  await server.stop();
  const us = (ms: number) => ms * 1_000;
  return {
    ...{ p50: us(latency.p50), p90: us(latency.p90), p99: us(latency.p99), p999: us(latency.p99_9) },
    max: us(latency.max),
  };
}

/** How far a percentile is from the truth, as a share of it. */
export function deviation(truth: LatencyUs, measured: LatencyUs, name: keyof LatencyUs): number {
  return Math.abs(measured[name] / truth[name] - 1);
}

/** The smallest value that so many of the values do not exceed: what a histogram gives, without its rounding. */
function percentilesOf(values: readonly number[]): LatencyUs {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return Object.fromEntries(PERCENTILE_NAMES.map((name) => [name, at(PERCENTILES[name])])) as unknown as LatencyUs;
}
