import { totalUs } from '../measure/spans.ts';
import type { LoadOrder, LoadOutcome, LoadProgress } from './load-outcome.ts';
import { atMostFor, finishLoad, type MeasuredLoad, runReported } from './load-run.ts';
import { Producers } from './producers.ts';
import { recordPushes } from './push-recording.ts';
import { PushSession } from './push-session.ts';
import { type WindowMark, type WindowMeasure, windowBetween } from './window-meter.ts';

/** Until connections are open and producers have had a first answer, which takes 50 ms where it takes long; nothing counts before. */
const SETTLE_MS = 100;

/**
 * Drives the closed loop of one arm in turns with others: warms up, and then measures a slice whenever `takeTurn` resolves,
 * in `order.slices` turns; one more turn ends the load. It rests between them, with no request under way and no connection
 * open. All slices together are as long as the window of the order.
 *
 * Throws RangeError when the run id does not fit in the payload, and what `takeTurn` throws.
 */
export async function runSlicedLoop(
  order: LoadOrder,
  onProgress: (progress: LoadProgress) => void,
  takeTurn: () => Promise<void>,
): Promise<LoadOutcome> {
  const session = new PushSession(order, recordPushes(order.runId));
  const producers = new Producers(order, session, order.load.connections);
  const { warmUpMs, durationMs } = order.load;
  const { slices = 1, graceMs } = order;
  const rest = async () => {
    const isAtRest = await atMostFor(graceMs, session.rest());
    // What is not answered by now is cut, which ends the load: nobody knows what became of it.
    if (!isAtRest) session.abandon();
  };
  return await runReported(session, order, onProgress, async (mark) => {
    producers.start();
    await atMostFor(warmUpMs, session.finished);
    await rest();
    const windows: WindowMeasure[] = [];
    for (let slice = 0; slice < slices; slice += 1) {
      await takeTurn();
      session.resume();
      if (session.wantsMore) producers.start();
      await atMostFor(SETTLE_MS, session.finished);
      windows.push(await measureSlice(session, durationMs / slices, mark));
      await rest();
    }
    await takeTurn();
    await finishLoad(session, graceMs);
    return together(windows);
  });
}

/** A load that is over early answers for the whole slice that it should have lasted. */
async function measureSlice(session: PushSession, lengthMs: number, mark: () => WindowMark): Promise<WindowMeasure> {
  const from = mark();
  const isOver = await atMostFor(lengthMs, session.finished);
  const window = windowBetween(from, mark());
  return isOver ? { ...window, toUs: window.fromUs + lengthMs * 1_000 } : window;
}

/** The window from the first slice to the last, of which only the slices count. */
function together(windows: readonly WindowMeasure[]): MeasuredLoad {
  const sum = (part: (window: WindowMeasure) => number) => windows.reduce((all, window) => all + part(window), 0);
  const busyUs = sum(({ fromUs, toUs, eventLoopUtilization }) => (toUs - fromUs) * eventLoopUtilization);
  return {
    slices: windows.map(({ fromUs, toUs }) => ({ fromUs, toUs })),
    fromUs: windows[0]?.fromUs ?? 0,
    toUs: windows.at(-1)?.toUs ?? 0,
    cpuUs: sum(({ cpuUs }) => cpuUs),
    eventLoopUtilization: busyUs / Math.max(1, totalUs(windows)),
  };
}
