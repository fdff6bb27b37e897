import { finishLoad } from '../load/load-run.ts';
import { Producers } from '../load/producers.ts';
import type { PushRecording } from '../load/push-recording.ts';
import { PushSession } from '../load/push-session.ts';
import type { ArmLoad } from '../scenario/arm-load.ts';
import { type Measured, measureSlice } from './measure-slice.ts';
import type { SlicedServer, SlicesOrder } from './slice-order.ts';

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
  return await measureSlice(server, order, durationMs, () => {
    const { baseUrl, runId, queue } = server;
    const { graceMs, seed } = order;
    const pushes = { ...{ baseUrl, runId, queue, load, graceMs, seed }, hasBothRoutes: true, persistent: false };
    const session = new PushSession(pushes, recording);
    new Producers(pushes, session, load.connections).start();
    return {
      ended: session.finished,
      messages: () => session.acknowledged,
      end: () => finishLoad(session, graceMs),
    };
  });
}
