import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadOrder, LoadOutcome, LoadProgress } from './load-outcome.ts';
import type { PushSession } from './push-session.ts';
import { markWindow, type WindowMark, type WindowMeasure } from './window-meter.ts';

const PROGRESS_INTERVAL_MS = 250;

/** What a load says of its measured window, and what only some loads have to say. */
export type MeasuredLoad = WindowMeasure & Pick<LoadOutcome, 'slices' | 'wakeLag' | 'extendedMs' | 'saturation'>;

/**
 * Reports on a load a few times a second while it runs, and puts together what it hands back. `load` is given the function
 * to call whenever the measured window may begin or end, which tells those who read something at its ends.
 */
export async function runReported(
  session: PushSession,
  order: LoadOrder,
  onProgress: (progress: LoadProgress) => void,
  load: (mark: () => WindowMark) => Promise<MeasuredLoad>,
): Promise<LoadOutcome> {
  const startedMs = performance.now();
  let phase: LoadProgress['phase'] = order.load.messages === undefined ? 'warm-up' : 'measure';
  const report = (isWindowMark: boolean) => {
    const { acknowledged, errors } = session;
    onProgress({ phase, elapsedMs: performance.now() - startedMs, acknowledged, errors: errors.total, isWindowMark });
  };
  const reporting = setInterval(() => {
    if (!session.isResting) report(false);
  }, PROGRESS_INTERVAL_MS);
  try {
    const { fromUs, toUs, ...measured } = await load(() => {
      phase = 'measure';
      report(true);
      return markWindow();
    });
    return {
      ledger: session.ledger,
      repeats: session.repeats,
      badItems: session.badItems,
      measuredFromUs: fromUs,
      measuredToUs: toUs,
      errors: session.errors.list(),
      errorTrace: session.errors.trace(),
      ...measured,
    };
  } finally {
    clearInterval(reporting);
  }
}

/** Ends a load: open requests get `graceMs` for their replies, and are cut then. */
export async function finishLoad(session: PushSession, graceMs: number): Promise<void> {
  session.stop();
  const inTime = await atMostFor(graceMs, session.finished);
  if (!inTime) session.abandon();
  await session.finished;
}

/** Waits for `event`, at most so long; true when it came. */
export async function atMostFor(limitMs: number, event: Promise<unknown>): Promise<boolean> {
  const timeUp = new AbortController();
  const came = event.then(() => true);
  const late = sleep(limitMs, false, { signal: timeUp.signal }).catch(() => false);
  try {
    return await Promise.race([came, late]);
  } finally {
    timeUp.abort();
  }
}
