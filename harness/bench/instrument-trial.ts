import autocannon from 'autocannon';
import { runLoad } from '../load/run-load.ts';
import type { LatencyUs } from '../measure/latency.ts';
import { summarizeRun } from '../measure/summarize-run.ts';
import { type ServerModel, startKnownServer } from './known-server.ts';
import { openLoad } from './open-load.ts';

/**
 * Half of the requests see nothing of the stalls, the others wait for up to 0.8 s. That is long, so that a hiccup of the
 * machine at the end of a stall is little beside it.
 */
const STALLING: ServerModel = Object.freeze({ serviceMs: 100, periodMs: 2_000, stallMs: 800 });

const PERIODS = 2;
const WARM_UP_MS = 100;
const GRACE_MS = 10_000;
const BUCKET_MS = 250;
const PERCENTILES = Object.freeze({ p50: 0.5, p90: 0.9, p99: 0.99, p999: 0.999, max: 1 } as const);

/** Names of the percentiles, as in LatencyUs. */
export const PERCENTILE_NAMES = Object.keys(PERCENTILES) as (keyof typeof PERCENTILES)[];

/** The same latencies, as they were and as an instrument gave them. */
export interface InstrumentTrial {
  readonly truth: LatencyUs;
  readonly measured: LatencyUs;
}

/**
 * Runs the harness's own open loop against a stalling server. The truth of request k comes from the server, which notes when
 * it wrote each answer, and from arithmetic: it was intended k gaps after the start of the window.
 */
export async function tryOpenLoop(rate: number, signal: AbortSignal): Promise<InstrumentTrial> {
  const server = await startKnownServer(STALLING, signal);
  const durationMs = PERIODS * STALLING.periodMs;
  // All that can come in a stall and while the last requests before it are served, and some more.
  const connections = Math.ceil((rate * (STALLING.stallMs + 2 * STALLING.serviceMs)) / 1_000) + 16;
  const times = { warmUpMs: WARM_UP_MS, durationMs, graceMs: GRACE_MS };
  const order = openLoad({ ...times, baseUrl: server.baseUrl, rate, connections });
  const outcome = await runLoad(order, () => undefined, signal);
  const { answeredUs } = await server.stop();
  const { latencyUs: measured } = summarizeRun(outcome, BUCKET_MS);
  if (measured === null) throw new Error(`nothing was answered: ${outcome.errors[0]?.example}`);
  // Every request has one message, so messages are numbered as requests; those of the warm-up come first.
  const first = Math.ceil((rate * WARM_UP_MS) / 1_000);
  const latenciesUs = Array.from({ length: (rate * durationMs) / 1_000 }, (_, nth) => {
    const intendedUs = outcome.measuredFromUs + (nth * 1_000_000) / rate;
    return (answeredUs[first + nth] ?? Number.NaN) - intendedUs;
  });
  return { truth: percentilesOf(latenciesUs), measured };
}

/** What autocannon gives for the same rate at such a server, in its rate mode with its correction. */
export async function tryAutocannon(rate: number, signal: AbortSignal): Promise<LatencyUs> {
  const server = await startKnownServer(STALLING, signal);
  const { latency } = await autocannon({
    url: `${server.baseUrl}/api/v1/push`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"items":[{"queue":"q","partition":"p0","payload":1,"transactionId":"x-0"}]}',
    overallRate: rate,
    connections: Math.ceil(rate / 20),
    duration: (PERIODS * STALLING.periodMs) / 1_000,
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
