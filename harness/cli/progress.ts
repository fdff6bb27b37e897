import type { LoadProgress } from '../load/load-outcome.ts';
import type { PlannedRun } from '../scenario/scenario.ts';
import { LiveProgress } from './live-progress.ts';
import { PlainProgress } from './plain-progress.ts';

/** State of the running arm, a few times a second. The rate is what was acknowledged so far; nothing is proved yet. */
export interface ProgressUpdate {
  readonly phase: LoadProgress['phase'] | 'drain' | 'proof';
  readonly elapsedMs: number;
  /** 0 when the end is not known. */
  readonly totalMs: number;
  /** Undefined while no load runs. */
  readonly msgPerS: number | undefined;
  readonly errors: number;
}

/**
 * What the user sees while a scenario runs. One thing is in progress at a time: `phase` or `arm` begins it, `done` or `fail`
 * ends it with a line that stays.
 */
export interface Progress {
  /** Begins a step that is no arm, `starting PostgreSQL`. */
  phase(text: string): void;
  /** Begins a run of an arm, the `index`-th (from 1) of `of`. */
  arm(planned: PlannedRun, index: number, of: number): void;
  update(state: ProgressUpdate): void;
  done(line: string): void;
  fail(line: string): void;
  /** Removes what is still in progress from the screen and shows the cursor again; may be called twice. */
  close(): void;
}

/** Where progress is written: a terminal or any other stream. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly columns?: number | undefined;
}

export interface ProgressOptions {
  readonly stream: ProgressStream;
  /** True for a terminal: one line is rewritten in place. False for CI, pipes and files: a line for each finished step. */
  readonly live: boolean;
  readonly colour: boolean;
}

/** Makes the progress for a terminal or for a log. */
export function createProgress({ stream, live, colour }: ProgressOptions): Progress {
  return live ? new LiveProgress(stream, colour) : new PlainProgress(stream, colour);
}
