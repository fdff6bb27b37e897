import type { Arm, PlannedRun } from './scenario.ts';

/** A fresh database, the server's start and end, and the checks. */
const RUN_OVERHEAD_MS = 2300;

/** PostgreSQL's start and the report. */
const SCENARIO_OVERHEAD_MS = 3000;

/** One measurement of the ceiling; it is made once a round for every shape of load. */
const CEILING_MS = 1800;

/** What the drain after a run, which proves delivery, was seen to read on two cores. */
const DRAINED_PER_S = 90_000;

/** What consumers that acknowledge by request were seen to receive there. */
const POP_ACKED_PER_S = 20_000;

/**
 * Rough time of a scenario in milliseconds: for every run 2.3 s + warm-up + duration + messages / 90,000 per s (drain; with
 * acks 20,000), where messages = the number asked for, or what a server of min(50,000, 1,000 × (batch + 1)) msg/s takes
 * in; with a ceiling 1.8 s more for every shape (batch, payload, partitions) and round; and 3 s around it all.
 */
export function estimateMs(runs: readonly PlannedRun[], ceiling: boolean): number {
  const runsMs = runs.reduce((sum, { arm }) => sum + runMs(arm), 0);
  const shapes = new Set(
    runs.map(({ arm: { load }, round }) => `${round}/${load.batch}/${load.payloadBytes}/${load.partitions}`),
  );
  return Math.round(SCENARIO_OVERHEAD_MS + runsMs + (ceiling ? shapes.size * CEILING_MS : 0));
}

function runMs({ load, drain }: Arm): number {
  const assumedPerS = Math.min(50_000, 1000 * (load.batch + 1));
  const loadMs = load.messages === undefined ? load.warmUpMs + load.durationMs : (load.messages / assumedPerS) * 1000;
  const messages = load.messages ?? (assumedPerS * loadMs) / 1000;
  return RUN_OVERHEAD_MS + loadMs + (messages / (drain.mode === 'ack' ? POP_ACKED_PER_S : DRAINED_PER_S)) * 1000;
}
