import { escapeIdentifier } from 'pg';
import { type ReferenceTarget, startReferenceTarget } from '../conformance/reference-target.ts';
import { runClosedLoop } from '../load/closed-loop.ts';
import { bootstrapMedian, type Interval, pairedRatios } from '../measure/interval.ts';
import { CpuReading } from '../measure/process-cpu.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import { configureQueue } from '../target/configure-queue.ts';
import { SERVER_SCHEMA } from '../target/target-under-test.ts';
import { AlternatingRecording, SLICE_MS, type Slice } from './alternating-recording.ts';
import type { BenchBar, BenchContext, BenchFigure, BenchOutcome } from './bench.ts';

const BATCHES = [100, 1] as const;
const CONNECTIONS = 16;
const PAYLOAD_BYTES = 100;
const PARTITIONS = 10;
const GRACE_MS = 15_000;
/** Slices before the measured ones. */
const WARM_UP_SLICES = 12;
/** The bar, as a share of the throughput. */
const MOST_PERCENT = 5;

/** One load, by turns with and without recording. */
interface AlternatingLoad {
  readonly recorded: readonly Slice[];
  readonly unrecorded: readonly Slice[];
  readonly acknowledged: number;
  /** Of writing down intents and times, for a message. */
  readonly intentUs: number;
  /** CPU time of this process, which is the load generator, of the server and of PostgreSQL, for a message. */
  readonly allCpuUs: number;
}

/**
 * What recording costs of the throughput: the real closed loop against the real server on an embedded PostgreSQL, in
 * short slices by turns with the whole history and with replies counted by their HTTP status alone.
 *
 * The ratio of the slices is what the bar is about. On a machine that does other work it needs many pairs to be told, so
 * the same is also seen from the other side: the time spent on recording as a share of the CPU time that load, server and
 * PostgreSQL spend on a message. They share the machine's cores, so what one spends the others lack.
 */
export async function benchRecordingCost(context: BenchContext): Promise<BenchOutcome> {
  context.onProgress('starting PostgreSQL and the server');
  await using target = await startReferenceTarget();
  const figures: BenchFigure[] = [];
  const bars: BenchBar[] = [];
  let pushed = 0;
  for (const batch of BATCHES) {
    context.onProgress(`batch=${batch}: ${context.pairs} pairs of slices of ${SLICE_MS} ms`);
    const load = await runAlternating(target, batch, context);
    pushed += load.acknowledged;
    const { lost, recordingUs, share } = costsOf(load, context.seed);
    const what = `batch=${batch}`;
    figures.push(
      { what: `${what}: throughput lost to recording`, unit: '%', value: lost },
      { what: `${what}: time spent on recording`, unit: 'µs/message', value: recordingUs },
      { what: `${what}: its share of the CPU time of load, server and PostgreSQL`, unit: '%', value: share },
    );
    bars.push(
      barOf(`${what}: recording costs at most ${MOST_PERCENT} % of the throughput`, lost),
      barOf(`${what}: recording takes at most ${MOST_PERCENT} % of the CPU time of a message`, share),
    );
  }
  await requireStored(target, pushed);
  return { figures, bars };
}

async function runAlternating(
  target: ReferenceTarget,
  batch: number,
  { pairs, signal }: BenchContext,
): Promise<AlternatingLoad> {
  const queue = `recording-cost-${batch}`;
  await configureQueue(target.baseUrl, queue, { leaseMs: 60_000, retryLimit: 100, encrypted: false });
  const recording = new AlternatingRecording(queue.replaceAll('-', '.'), batch);
  const others = [target.serverPid, target.postgresPid];
  const beforeUs = new CpuReading().processesUs(others);
  signal.throwIfAborted();
  const load = runClosedLoop(
    {
      baseUrl: target.baseUrl,
      runId: recording.ledger.runId,
      queue,
      load: loadOf(batch, pairs),
      graceMs: GRACE_MS,
      seed: 1,
      hasBothRoutes: true,
      persistent: false,
    },
    () => undefined,
    recording,
  );
  const { cpuUs, errors } = await unlessAborted(load, signal);
  const othersUs = (new CpuReading().processesUs(others) ?? Number.NaN) - (beforeUs ?? Number.NaN);
  const { ledger, acknowledged } = recording;
  if (acknowledged !== ledger.messages) {
    throw new Error(`${acknowledged} of ${ledger.messages} messages were acknowledged: ${errors[0]?.example}`);
  }
  const slices = recording.slices(WARM_UP_SLICES, 2 * pairs);
  return {
    recorded: slices.filter(({ recorded }) => recorded),
    unrecorded: slices.filter(({ recorded }) => !recorded),
    acknowledged,
    intentUs: ledger.spentUs / acknowledged,
    allCpuUs: (cpuUs + othersUs) / acknowledged,
  };
}

/** A load cannot be told to end early; left alone by an interruption, it gives up when its server is gone. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function loadOf(batch: number, pairs: number): Parameters<typeof runClosedLoop>[0]['load'] {
  return {
    route: 'push',
    model: 'closed',
    open: undefined,
    saturation: undefined,
    batch,
    payloadBytes: PAYLOAD_BYTES,
    partitions: PARTITIONS,
    connections: CONNECTIONS,
    warmUpMs: 0,
    // One more, so that the last one is whole.
    durationMs: (WARM_UP_SLICES + 2 * pairs + 1) * SLICE_MS,
    extendMs: 0,
    messages: undefined,
    repeat: 0,
    poison: 0,
    bulk: { producers: 0, batch: 1, pauseMs: 0 },
  };
}

function costsOf(
  { recorded, unrecorded, intentUs, allCpuUs }: AlternatingLoad,
  seed: number,
): { readonly lost: Interval; readonly recordingUs: Interval; readonly share: Interval } {
  // A pair in which nothing was answered tells nothing of recording, only that something else was the matter.
  const pairs = recorded.flatMap((slice, pair) => {
    const other = unrecorded[pair];
    return other !== undefined && slice.messages > 0 && other.messages > 0 ? [{ slice, other }] : [];
  });
  const ratio = pairedRatios(
    pairs.map(({ slice }) => slice.messages),
    pairs.map(({ other }) => other.messages),
    seed,
  );
  const recordingUs = bootstrapMedian(
    pairs.map(({ slice }) => intentUs + slice.judgingUs / slice.messages),
    seed,
  );
  const share = (us: number) => (100 * us) / allCpuUs;
  return {
    lost: { median: 100 * (1 - ratio.median), low: 100 * (1 - ratio.high), high: 100 * (1 - ratio.low) },
    recordingUs,
    share: { median: share(recordingUs.median), low: share(recordingUs.low), high: share(recordingUs.high) },
  };
}

function barOf(text: string, { median, low, high }: Interval): BenchBar {
  return {
    text,
    met: high <= MOST_PERCENT ? true : low > MOST_PERCENT ? false : null,
    observed: `${median.toFixed(1)} % [${low.toFixed(1)}, ${high.toFixed(1)}]`,
  };
}

/** Both sides did the same work: all that was acknowledged is in the table. */
async function requireStored({ database }: ReferenceTarget, pushed: number): Promise<void> {
  const table = `${escapeIdentifier(SERVER_SCHEMA)}.messages`;
  const stored = await withAdminSession(database, async (client) => {
    const { rows } = await client.query<{ readonly rows: string }>(`select count(*) as rows from ${table}`);
    return Number(rows[0]?.rows);
  });
  if (stored !== pushed) throw new Error(`${pushed} messages were acknowledged, but ${stored} rows are stored`);
}
