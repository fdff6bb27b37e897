import type { Progress } from '../cli/progress.ts';
import type { Missing } from '../history/evidence.ts';
import type { RunningPostgres } from '../postgres/provider.ts';
import type { PlannedRun, ScenarioPlan } from '../scenario/scenario.ts';
import type { TargetOrder } from '../target/target-order.ts';
import type { WatchedDatabase } from './database-watch.ts';
import type { ServerProfiler } from './server-profiler.ts';
import type { Turn } from './turns.ts';

/** What every run of a scenario needs. */
export interface ArmContext {
  readonly plan: ScenarioPlan;
  /** Missing when the database of a target is not known. */
  readonly postgres: RunningPostgres | Missing;
  /** The server to drive; undefined when one is started for every run. */
  readonly target: TargetOrder | undefined;
  /** Looks into the server; absent where figures are wanted. */
  readonly profiler?: ServerProfiler | undefined;
  /** Takes a sentence that the reader of the report has to know, beside what is judged. */
  readonly note: (text: string) => void;
  /** Report folder; the server's log and the history of every run go there. */
  readonly folder: string;
  /** Of everything left to chance. */
  readonly seed: number;
  /** Longest wait for a server to get well, and again for its queue to be emptied. */
  readonly patienceMs: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** One run of one arm. */
export interface RunOrder {
  readonly planned: PlannedRun;
  /** In the order of the runs, from 1. */
  readonly index: number;
  /** Begins the transaction ids of its messages. */
  readonly runId: string;
  /** That no other run has. */
  readonly name: string;
  /** Of everything left to chance in this run. */
  readonly seed: number;
  readonly watched: WatchedDatabase | Missing;
  /** Its place among the runs that are under way with it; undefined when it is alone. */
  readonly turn: Turn | undefined;
  readonly context: ArmContext;
}
