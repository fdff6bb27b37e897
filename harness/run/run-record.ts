import type { CheckResult, Verdict } from '../checkers/verdict.ts';
import type { ConnectionSample } from '../history/connection-samples.ts';
import type { FaultRecord } from '../history/fault-record.ts';
import type { PopAckMeasure } from '../load/consume-meter.ts';
import type { ErrorClass, SaturationRun } from '../load/load-outcome.ts';
import type { RunSummary } from '../measure/summarize-run.ts';
import type { PlannedRun } from '../scenario/scenario.ts';

/** CPU time in the measured window, microseconds; undefined where the platform does not tell. */
export interface CpuTimes {
  readonly serverUs: number | undefined;
  readonly postgresUs: number | undefined;
  readonly loadGeneratorUs: number;
  /** Length of the window the first two were read over, which is the load's measured window give or take the time a reading takes. */
  readonly windowUs: number;
}

/** What one run of one arm left behind, judged. */
export interface RunRecord {
  readonly planned: PlannedRun;
  readonly verdict: Verdict;
  readonly checks: readonly CheckResult[];
  readonly summary: RunSummary;
  /** Undefined when the consumers were not measured. */
  readonly popAck: PopAckMeasure | undefined;
  /** Of a search for saturation only. */
  readonly saturation?: SaturationRun | undefined;
  readonly errors: readonly ErrorClass[];
  readonly samples: readonly ConnectionSample[];
  /** In the order in which they were begun. */
  readonly faults: readonly FaultRecord[];
  /** Start of the measured window on the monotonic clock. */
  readonly measuredFromUs: number;
  readonly cpu: CpuTimes;
  readonly loadEventLoopUtilization: number;
}

/** The server would not start with an arm's parameters. */
export interface RefusedRun {
  readonly planned: PlannedRun;
  readonly refused: string;
}

/** Rounds that were measured, leaving refusals out. */
export function isMeasured(run: RunRecord | RefusedRun): run is RunRecord {
  return !('refused' in run);
}

/** Runs that were made, and what kept the rest from being made. */
export interface MadeRuns {
  readonly runs: readonly (RunRecord | RefusedRun)[];
  readonly failure: unknown;
}
