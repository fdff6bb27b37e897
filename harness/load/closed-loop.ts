import { monotonicUs } from '../measure/monotonic-clock.ts';
import type { LoadOrder, LoadOutcome, LoadProgress } from './load-outcome.ts';
import { atMostFor, finishLoad, runReported } from './load-run.ts';
import { Producers } from './producers.ts';
import { type PushRecording, recordPushes } from './push-recording.ts';
import { PushSession } from './push-session.ts';
import { startWindow, type WindowMeasure } from './window-meter.ts';

const STALL_CHECK_MS = 50;

/**
 * Drives the closed loop of one arm and returns what was sent and answered. After the measured window nothing more is
 * sent, and open requests get `graceMs` for their replies; in `messages` mode the window reaches from the first send to
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
  return await runReported(session, order, onProgress, async (onMeasure) =>
    order.load.messages === undefined
      ? await loadForDuration(producers, session, order, onMeasure)
      : await loadMessages(session, order.graceMs, async () => producers.start()),
  );
}

async function loadForDuration(
  producers: Producers,
  session: PushSession,
  order: LoadOrder,
  onMeasure: () => void,
): Promise<WindowMeasure> {
  const { warmUpMs, durationMs } = order.load;
  const plannedFromUs = monotonicUs() + warmUpMs * 1_000;
  producers.start();
  await atMostFor(warmUpMs, session.finished);
  onMeasure();
  const endWindow = startWindow();
  const gaveUp = await atMostFor(durationMs, session.finished);
  const window = endWindow();
  await finishLoad(session, order.graceMs);
  // A load that was given up early answers for the whole window it was asked for, with nothing in the rest of it.
  return gaveUp ? { ...window, fromUs: plannedFromUs, toUs: plannedFromUs + durationMs * 1_000 } : window;
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
