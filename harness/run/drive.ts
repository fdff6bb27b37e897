import type { BufferEvidence } from '../history/buffer-evidence.ts';
import { isMissing, type Missing, type Recovery } from '../history/evidence.ts';
import type { FaultRecord } from '../history/fault-record.ts';
import type { LoadOutcome, LoadProgress } from '../load/load-outcome.ts';
import { runLoad } from '../load/run-load.ts';
import { type RunningConsumers, startConsumers } from '../load/start-consumers.ts';
import { measuredSpans } from '../measure/spans.ts';
import { readBuffer } from '../target/buffer-status.ts';
import { configureQueue } from '../target/configure-queue.ts';
import { settle } from '../target/settle.ts';
import { attempt } from './attempt.ts';
import { CpuWatch } from './cpu-watch.ts';
import { CurrentRate } from './current-rate.ts';
import { type Emptied, emptyQueue } from './empty-queue.ts';
import { LateFaults } from './late-faults.ts';
import { type LoadSpending, spendingOf, startSpending } from './load-spending.ts';
import type { RunOrder } from './run-order.ts';
import type { CpuTimes } from './run-record.ts';
import { type SystemSight, SystemWatch } from './system-watch.ts';
import type { SystemUnderTest } from './take-system.ts';

/** What a run's load, faults and consumers left behind. */
export interface Driven {
  readonly outcome: LoadOutcome;
  readonly cpu: CpuTimes;
  readonly spent: LoadSpending;
  readonly faults: readonly FaultRecord[];
  /** How the server got well after the faults. */
  readonly recovery: Recovery | Missing;
  /** What its buffer held then. */
  readonly buffer: BufferEvidence | Missing;
  readonly emptied: Emptied | Missing;
  /** What was seen of the system until the load was over. */
  readonly sight: SystemSight;
}

/** Open requests get this long to be answered when the load is over. */
const LOAD_GRACE_MS = 15_000;

/**
 * Drives a system through one run: makes the queue, lets consumers and producers work side by side while faults happen at
 * their times; when the load is over heals everything, waits until the server is well and has nothing buffered, and lets
 * consumers receive what is left. Nothing is in effect and no child is left when it returns or throws.
 *
 * Throws the signal's reason on abort, and what keeps the load from being made.
 */
export async function drive(order: RunOrder, system: SystemUnderTest): Promise<Driven> {
  const { planned, context } = order;
  const { target } = system;
  const { signal } = context;
  await configureQueue(target.baseUrl, target.queue, planned.arm.queue);
  await using watch = watchSystem(order, system);
  using consumers = await startBesides(order, system, watch);
  const { outcome, cpu, spent, faults } = await loadUnderFaults(order, system, watch);
  const sight = await watch.stop();
  const { baseUrl } = target;
  // A server that is not well again by then is drained as it is, and judged by what it gives.
  const recovery = await settle({ baseUrl, limitMs: context.patienceMs, signal });
  const buffer = await attempt(() => readBuffer(baseUrl), signal);
  const emptied = await attempt(() => empty(order, system, outcome, consumers), signal);
  return { outcome, cpu, spent, faults, recovery, buffer, emptied, sight };
}

/** The consumers that work beside the producers, if there are to be any; ready when this resolves. */
async function startBesides(
  { planned, runId, seed, context }: RunOrder,
  { target }: SystemUnderTest,
  watch: SystemWatch,
): Promise<RunningConsumers | undefined> {
  const { consumers, load, queue } = planned.arm;
  if (consumers.count === 0) return undefined;
  return await startConsumers(
    {
      ...{ baseUrl: target.clientsUrl, runId, queue: target.queue, seed, consumers },
      ...{ payloadBytes: load.payloadBytes, leaseMs: queue.leaseMs },
    },
    ({ vitals }) => watch.take('consumers', vitals),
    context.signal,
  );
}

async function loadUnderFaults(
  order: RunOrder,
  system: SystemUnderTest,
  watch: SystemWatch,
): Promise<Pick<Driven, 'outcome' | 'cpu' | 'spent' | 'faults'>> {
  const { planned, seed, runId, context } = order;
  const { arm } = planned;
  const { target } = system;
  const spending = await startSpendingInTurns(order, system);
  const cpuWatch = cpuWatchOf(order, system);
  const { profiler } = context;
  const markWindow = () => {
    cpuWatch.mark();
    profiler?.begin();
  };
  // A load without warm-up is measured from its first send, which is before its first sign of life.
  if (arm.load.warmUpMs === 0) markWindow();
  await using faults = new LateFaults(order, system);
  const show = progressOf(order);
  const outcome = await runLoad(
    {
      ...{ baseUrl: target.clientsUrl, runId, queue: target.queue, load: arm.load, graceMs: LOAD_GRACE_MS, seed },
      hasBothRoutes: arm.server.poolMode === 'split',
      persistent: arm.faults.length > 0,
      slices: order.turn === undefined ? undefined : context.plan.scenario.slices,
    },
    (progress) => {
      watch.take('load generator', progress.vitals);
      faults.start(progress.elapsedMs);
      if (progress.isWindowMark) markWindow();
      show(progress);
    },
    context.signal,
    spending.takeTurn,
  );
  const cpu = await cpuWatch.timesIn(measuredSpans(outcome), outcome.cpuUs);
  const spent = await spending.end();
  await profiler?.end();
  return { outcome, cpu, spent, faults: await faults.healAll() };
}

/** What the load spends in its own turns: what others spend in theirs lies between two stretches. */
async function startSpendingInTurns(order: RunOrder, system: SystemUnderTest) {
  const parts: LoadSpending[] = [];
  let endPart = await startSpending(order, system);
  const pause = async () => {
    parts.push(await endPart());
  };
  return {
    takeTurn: async () => {
      await pause();
      await order.turn?.next();
      endPart = await startSpending(order, system);
    },
    end: async () => {
      await pause();
      return spendingOf(parts);
    },
  };
}

function watchSystem({ context: { postgres } }: RunOrder, { target }: SystemUnderTest): SystemWatch {
  const postgresPid = () => (isMissing(postgres) ? undefined : postgres.pid);
  return new SystemWatch(target.baseUrl, { server: target.server, postgresPid });
}

/** A server that faults end and start again has no CPU time from one end of the window to the other. */
function cpuWatchOf({ planned, context: { postgres } }: RunOrder, { target }: SystemUnderTest): CpuWatch {
  if (planned.arm.faults.length > 0) return new CpuWatch(undefined, undefined);
  return new CpuWatch(target.server?.pid, isMissing(postgres) ? undefined : postgres.pid);
}

/** Shows each report of the load; what it needs is in there already. */
function progressOf({ planned, turn, context }: RunOrder): (progress: LoadProgress) => void {
  const { load } = planned.arm;
  const rate = new CurrentRate();
  const hasEnd = load.messages === undefined && load.saturation === undefined && turn === undefined;
  const totalMs = hasEnd ? load.warmUpMs + load.durationMs : 0;
  return ({ phase, elapsedMs, acknowledged, errors }) => {
    const msgPerS = rate.take(acknowledged, elapsedMs);
    context.progress.update({ phase, elapsedMs, totalMs, msgPerS, errors });
  };
}

/** By the consumers that are at work already, or else by those of the scenario's drain. */
async function empty(
  { planned, context }: RunOrder,
  { target }: SystemUnderTest,
  { ledger }: LoadOutcome,
  consumers: RunningConsumers | undefined,
): Promise<Emptied> {
  const startedAtMs = performance.now();
  const onProgress = () =>
    context.progress.update({
      phase: 'drain',
      elapsedMs: performance.now() - startedAtMs,
      totalMs: 0,
      msgPerS: undefined,
      errors: 0,
    });
  onProgress();
  const { baseUrl, queue } = target;
  return await emptyQueue({
    baseUrl,
    queue,
    ledger,
    arm: planned.arm,
    consumers,
    limitMs: context.patienceMs,
    signal: context.signal,
    onProgress,
  });
}
