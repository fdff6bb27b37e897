import { atMostFor, finishLoad } from '../load/load-run.ts';
import { Producers } from '../load/producers.ts';
import type { PushRecording } from '../load/push-recording.ts';
import { PushSession } from '../load/push-session.ts';
import { startWindow } from '../load/window-meter.ts';
import type { ArmLoad } from '../scenario/arm-load.ts';
import type { Slice } from './slice.ts';
import type { SlicedServer, SlicesOrder } from './slice-order.ts';
import { startSpending } from './slice-spending.ts';

/** Connections are opened and every producer has its first answer, before anything counts. */
const SETTLE_MS = 50;

/** What a slice tells, whatever is done in it. */
export type Measured = Omit<Slice, 'arm' | 'side' | 'kind'>;

/**
 * Pushes for a while in a closed loop, into the same history as all slices of the server before, and leaves nothing under
 * way: a pause is the time from one such slice to the next.
 */
export async function pushSlice(
  server: SlicedServer,
  recording: PushRecording,
  load: ArmLoad,
  durationMs: number,
  order: SlicesOrder,
): Promise<Measured> {
  const endSpending = await startSpending(server, order);
  const { baseUrl, runId, queue } = server;
  const { graceMs, seed } = order;
  const pushes = { ...{ baseUrl, runId, queue, load, graceMs, seed }, hasBothRoutes: true, persistent: false };
  const session = new PushSession(pushes, recording);
  new Producers(pushes, session, load.connections).start();
  await atMostFor(SETTLE_MS, session.finished);
  const before = session.acknowledged;
  const endWindow = startWindow();
  await atMostFor(durationMs, session.finished);
  const { fromUs, toUs, cpuUs, eventLoopUtilization } = endWindow();
  const messages = session.acknowledged - before;
  await finishLoad(session, graceMs);
  return {
    messages,
    windowUs: toUs - fromUs,
    generatorCpuUs: cpuUs,
    generatorEventLoop: eventLoopUtilization,
    spentMessages: session.acknowledged,
    spent: await endSpending(),
  };
}
