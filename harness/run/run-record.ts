import type { CheckResult, Verdict } from '../checkers/verdict.ts';
import type { ConnectionSample } from '../history/connection-samples.ts';
import type { FaultRecord } from '../history/fault-record.ts';
import type { PopAckMeasure } from '../load/consume-meter.ts';
import type { ErrorClass, SaturationRun } from '../load/load-outcome.ts';
import type { Span } from '../measure/spans.ts';
import type { RunSummary } from '../measure/summarize-run.ts';
import type { SystemRecord } from '../report/system-record.ts';
import type { PlannedRun } from '../scenario/scenario.ts';
import type { LoadSpending } from './load-spending.ts';
import type { RunErrors } from './run-errors.ts';
import type { RunTotals } from './watch-totals.ts';

/** CPU time, microseconds; undefined where the platform does not tell. */
export interface CpuTimes {
  /** Of these two within the spans. */
  readonly serverUs: number | undefined;
  readonly postgresUs: number | undefined;
  /**
   * From which reading to which: at the two ends of the measured window, or of each of its slices, give or take the time a
   * reading takes; to after the last reply where a load was over before its window was.
   */
  readonly spans: readonly Span[];
  /** Of the load process in the measured window. */
  readonly loadGeneratorUs: number;
}

/** What a run spent, with the messages and the time that belong to it. */
export interface RunSpending {
  readonly load: LoadSpending;
  readonly totals: RunTotals;
  /** Messages acknowledged in the spans of {@link CpuTimes}. */
  readonly cpuMessages: number;
  /** How long the requests of the load were under way, all of them together. */
  readonly requestTimeUs: number;
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
  /** The same and all others, whoever saw them, as the checks judge them. */
  readonly errorReport: RunErrors;
  readonly samples: readonly ConnectionSample[];
  /** In the order in which they were begun. */
  readonly faults: readonly FaultRecord[];
  /** Start of the run, from which the samples count, on the monotonic clock. */
  readonly startedUs: number;
  /** Start of the measured window on the monotonic clock. */
  readonly measuredFromUs: number;
  /** All of that window, or its slices. */
  readonly measured: readonly Span[];
  readonly cpu: CpuTimes;
  readonly spending: RunSpending;
  readonly loadEventLoopUtilization: number;
  /** How the system was during the load. */
  readonly system: SystemRecord;
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
