import { monotonicUs } from '../measure/monotonic-clock.ts';
import { judgeSteadiness } from '../measure/steadiness.ts';
import { acknowledgedCounts } from '../measure/window-counts.ts';
import type { LoadOrder, LoadOutcome, LoadProgress } from './load-outcome.ts';
import { atMostFor, finishLoad, type MeasuredLoad, runReported } from './load-run.ts';
import { Producers } from './producers.ts';
import { type PushRecording, recordPushes } from './push-recording.ts';
import { PushSession } from './push-session.ts';
import { steadyWindow } from './steady-window.ts';
import { startWindow, type WindowMark, type WindowMeasure } from './window-meter.ts';

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
  const session = new PushSession(order, recording);
  const producers = new Producers(order, session, order.load.connections);
  return await runReported(session, order, onProgress, async (mark) =>
    order.load.messages === undefined
      ? await loadForDuration(producers, session, order, mark)
      : await loadMessages(session, order.graceMs, async () => producers.start()),
  );
}

async function loadForDuration(
  producers: Producers,
  session: PushSession,
  order: LoadOrder,
  mark: () => WindowMark,
): Promise<MeasuredLoad> {
  producers.start();
  await atMostFor(order.load.warmUpMs, session.finished);
  const window = await steadyWindow(order.load, {
    endsWithin: (lengthMs) => atMostFor(lengthMs, session.finished),
    isUnsteady: (fromUs, toUs) =>
      judgeSteadiness(acknowledgedCounts(session.ledger, [{ fromUs, toUs }])).verdict === 'unsteady',
    mark,
  });
  await finishLoad(session, order.graceMs);
  return window;
}

/** Sends a number of messages by what `start` begins; given up once nothing was answered for `graceMs`. */
export async function loadMessages(session: PushSession, graceMs: number, start: () => void): Promise<WindowMeasure> {
  const endWindow = startWindow();
  start();
  while (!(await atMostFor(STALL_CHECK_MS, session.finished))) {
    if (monotonicUs() - session.lastReplyUs > graceMs * 1_000) session.abandon();
  }
  return { ...endWindow(), toUs: session.lastReplyUs };
}
