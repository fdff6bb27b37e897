import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import { judgeSteadiness } from '../measure/steadiness.ts';
import { acknowledgedCounts } from '../measure/window-counts.ts';
import type { LoadOrder, LoadOutcome, LoadProgress } from './load-outcome.ts';
import { Producers } from './producers.ts';
import { type PushRecording, recordPushes } from './push-recording.ts';
import { type SteadyWindow, steadyWindow } from './steady-window.ts';
import { markWindow, startWindow } from './window-meter.ts';

const PROGRESS_INTERVAL_MS = 250;
const STALL_CHECK_MS = 50;

/**
 * Drives the closed loop of one arm and returns what was sent and answered. An unsteady window is extended as far as the load
 * allows. After it nothing more is sent, and open requests get `graceMs` for their replies; in `messages` mode the window reaches from the first send to
 * the last reply, and the load is given up once nothing was answered for `graceMs`. No message is left `pending`.
 *
 * Throws RangeError when the run id does not fit in the payload.
 */
export async function runClosedLoop(
  order: LoadOrder,
  onProgress: (progress: LoadProgress) => void,
  recording: PushRecording = recordPushes(order.runId),
): Promise<LoadOutcome> {
  const producers = new Producers(order, recording);
  const startedMs = performance.now();
  let phase: LoadProgress['phase'] = order.load.messages === undefined ? 'warm-up' : 'measure';
  const report = (isWindowMark: boolean) => {
    const { acknowledged, errors } = producers;
    onProgress({ phase, elapsedMs: performance.now() - startedMs, acknowledged, errors: errors.total, isWindowMark });
  };
  const reporting = setInterval(() => report(false), PROGRESS_INTERVAL_MS);
  try {
    const window =
      order.load.messages === undefined
        ? await loadForDuration(producers, order, () => {
            phase = 'measure';
            report(true);
          })
        : await loadMessages(producers, order.graceMs);
    return {
      ledger: producers.ledger,
      repeats: producers.repeats,
      badItems: producers.badItems,
      measuredFromUs: window.fromUs,
      measuredToUs: window.toUs,
      extendedMs: window.extendedMs,
      errors: producers.errors.list(),
      cpuUs: window.cpuUs,
      eventLoopUtilization: window.eventLoopUtilization,
    };
  } finally {
    clearInterval(reporting);
  }
}

async function loadForDuration(producers: Producers, order: LoadOrder, onMark: () => void): Promise<SteadyWindow> {
  producers.start();
  await atMostFor(order.load.warmUpMs, producers.finished);
  const window = await steadyWindow(order.load, {
    endsWithin: (lengthMs) => atMostFor(lengthMs, producers.finished),
    isUnsteady: (fromUs, toUs) =>
      judgeSteadiness(acknowledgedCounts(producers.ledger, fromUs, toUs)).verdict === 'unsteady',
    mark: () => {
      onMark();
      return markWindow();
    },
  });
  producers.stop();
  const inTime = await atMostFor(order.graceMs, producers.finished);
  if (!inTime) producers.abandon();
  await producers.finished;
  return window;
}

async function loadMessages(producers: Producers, graceMs: number): Promise<SteadyWindow> {
  const endWindow = startWindow();
  producers.start();
  while (!(await atMostFor(STALL_CHECK_MS, producers.finished))) {
    if (monotonicUs() - producers.lastReplyUs > graceMs * 1_000) producers.abandon();
  }
  return { ...endWindow(), toUs: producers.lastReplyUs, extendedMs: 0 };
}

/** Waits for `event`, at most so long; true when it came. */
async function atMostFor(limitMs: number, event: Promise<void>): Promise<boolean> {
  const timeUp = new AbortController();
  const came = event.then(() => true);
  const late = sleep(limitMs, false, { signal: timeUp.signal }).catch(() => false);
  try {
    return await Promise.race([came, late]);
  } finally {
    timeUp.abort();
  }
}
