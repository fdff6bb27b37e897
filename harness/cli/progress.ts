import type { LoadProgress } from '../load/load-outcome.ts';
import type { PlannedRun } from '../scenario/scenario.ts';
import { LiveProgress } from './live-progress.ts';
import { PlainProgress } from './plain-progress.ts';

/** State of the running arm, a few times a second. */
export interface ProgressUpdate {
  readonly phase: 'start' | LoadProgress['phase'] | 'drain' | 'proof';
  readonly elapsedMs: number;
  /** 0 when the end is not known. */
  readonly totalMs: number;
  /** Acknowledged over the last second; nothing is proved yet. Undefined while no load runs. */
  readonly msgPerS: number | undefined;
  /** The producers' so far. */
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
  /** How long all will take, to tell what is left; undefined when nobody knows. */
  readonly estimatedMs?: number | undefined;
  /** Milliseconds on a clock that only goes forwards. */
  readonly nowMs?: () => number;
}

/** Makes the progress for a terminal or for a log. */
export function createProgress(options: ProgressOptions): Progress {
  const { stream, live, colour, estimatedMs, nowMs = () => performance.now() } = options;
  return live ? new LiveProgress(stream, { colour, estimatedMs, nowMs }) : new PlainProgress(stream, colour);
}
