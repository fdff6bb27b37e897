import type { ArmLoad } from './arm-load.ts';
import type { Arm, PlannedRun } from './scenario.ts';

/** A fresh database, the server's start and end, and the checks. */
const RUN_OVERHEAD_MS = 2300;

/** PostgreSQL's start and the report. */
const SCENARIO_OVERHEAD_MS = 3000;

/** One measurement of the ceiling; it is made once a round for every shape of load. */
const CEILING_MS = 1500;

/** What the parts of the system reach by themselves, once a scenario. */
const PART_CEILINGS_MS = 4000;

/** What the drain after a run, which proves delivery, was seen to read on two cores. */
const DRAINED_PER_S = 90_000;

/** What consumers that acknowledge by request were seen to receive there. */
const POP_ACKED_PER_S = 20_000;

/** Until the load of a slice has settled, and after it is at rest again. */
const SLICE_OVERHEAD_MS = 250;

/** Where leaks are looked for: the looks at an idle server before the load and after the drain. */
const IDLE_LOOKS_MS = 3000;

/** How long after the end of the last lease a drain goes on looking. */
const AFTER_LEASE_MS = 500;

/** Part of the extension that is reckoned with: a long warm-up leaves nothing to wait for, a short one needs all of it. */
const EXTENDED_SHARE = 0.5;

/** Rates that a search tries before it holds one; each is followed by a short drain. */
const SEARCH_TRIALS = 11;
const DRAIN_SHARE = 1.2;

/** What a search offers on average, of what the server could take. */
const SEARCHED_SHARE = 0.5;

/**
 * Rough time of a scenario in milliseconds: for every run 2.3 s + warm-up + duration + half the extension, or the steps of a
 * search, + messages / 90,000 per s (drain; with acks 20,000), where messages = the number asked for, or what a server of
 * min(50,000, 1,000 × (batch + 1)) msg/s takes in of what an open loop (half of it: a search) asks for, less what consumers
 * beside the producers receive meanwhile; 3 s more with such consumers or with faults, and a lease when
 * something may be left unsettled; with a ceiling 1.5 s more for every shape (batch, payload,
 * partitions) and round, and 4 s once; 0.25 s for each slice; and 3 s around it all.
 */
export function estimateMs(runs: readonly PlannedRun[], ceiling: boolean, slices = 1): number {
  const slicesMs = slices === 1 ? 0 : slices * SLICE_OVERHEAD_MS;
  const runsMs = runs.reduce((sum, { arm }) => sum + runMs(arm) + slicesMs, 0);
  const shapes = new Set(
    runs.map(({ arm: { load }, round }) => `${round}/${load.batch}/${load.payloadBytes}/${load.partitions}`),
  );
  return Math.round(SCENARIO_OVERHEAD_MS + runsMs + (ceiling ? shapes.size * CEILING_MS + PART_CEILINGS_MS : 0));
}

/** Messages per second that an open loop asks for; the others take what they get. */
function askedPerS({ model, open, batch }: ArmLoad): number {
  if (model !== 'open' || open === undefined) return Number.POSITIVE_INFINITY;
  return ((open.rate + (open.to ?? open.rate)) / 2) * batch;
}

function runMs(arm: Arm): number {
  const { load, drain, consumers, faults, queue } = arm;
  const assumedPerS = Math.min(50_000, 1000 * (load.batch + 1), askedPerS(load));
  const loadMs = load.messages === undefined ? loadMsOf(load) : (load.messages / assumedPerS) * 1000;
  const messages =
    load.messages ?? (assumedPerS * loadMs * (load.saturation === undefined ? 1 : SEARCHED_SHARE)) / 1000;
  const besides = consumers.count > 0;
  // Consumers beside the producers have received most of it by the end of the load.
  const left = besides ? Math.max(0, messages - (POP_ACKED_PER_S * loadMs) / 1000) : messages;
  const drainedPerS = drain.mode === 'ack' || besides ? POP_ACKED_PER_S : DRAINED_PER_S;
  const idleMs = besides || faults.length > 0 ? IDLE_LOOKS_MS : 0;
  // What a consumer left unsettled, or a fault cut off, is waited for until its lease is over.
  const isUnsettled = faults.length > 0 || consumers.nack + consumers.expire + consumers.crash > 0;
  const leaseMs = besides && isUnsettled ? queue.leaseMs + AFTER_LEASE_MS : 0;
  return RUN_OVERHEAD_MS + loadMs + (left / drainedPerS) * 1000 + idleMs + leaseMs;
}

function loadMsOf({ warmUpMs, durationMs, extendMs, saturation }: ArmLoad): number {
  const searchMs = saturation === undefined ? 0 : saturation.stepMs * (SEARCH_TRIALS + saturation.levels.length);
  return warmUpMs + durationMs + extendMs * EXTENDED_SHARE + searchMs * DRAIN_SHARE;
}
