import { seededRandom } from '../measure/seeded-random.ts';
import type { OpenLoad } from '../scenario/arm-load.ts';
import { arrivals } from './arrivals.ts';
import { loadMessages } from './closed-loop.ts';
import { ThreadClock } from './load-clock.ts';
import type { LoadOrder, LoadOutcome, LoadProgress } from './load-outcome.ts';
import { finishLoad, type MeasuredLoad, runReported } from './load-run.ts';
import { OpenProducers } from './open-producers.ts';
import type { ArrivalSchedule, OpenStep } from './open-step.ts';
import { Producers } from './producers.ts';
import { type PushRecording, recordPushes } from './push-recording.ts';
import { PushSession } from './push-session.ts';
import { type WindowMark, windowBetween } from './window-meter.ts';

/** An open loop that is ready to begin; bulk producers are at work beside it already. */
export interface OpenLoop {
  readonly order: LoadOrder;
  readonly open: OpenLoad;
  readonly session: PushSession;
  readonly producers: OpenProducers;
  /** 0…1, from the seed, for the schedules. */
  readonly random: () => number;
  /** To be called when the measured window begins and when it ends. */
  readonly mark: () => WindowMark;
}

/**
 * Drives the open loop of one arm and returns what was sent and answered. The warm-up goes by the first rate, and the
 * measured window by the whole schedule; after it open requests, and those that still wait for a connection, get `graceMs`
 * for their replies. In `messages` mode the window reaches from the first send to the last reply. When more requests wait
 * than are worth keeping, the load is given up. No message is left `pending`.
 *
 * Throws RangeError when the run id does not fit in the payload.
 */
export async function runOpenLoop(
  order: LoadOrder,
  onProgress: (progress: LoadProgress) => void,
  recording: PushRecording = recordPushes(order.runId),
): Promise<LoadOutcome> {
  return await withOpenLoop(order, onProgress, recording, order.load.messages === undefined ? loadFor : loadAll);
}

/**
 * Makes what an open loop needs, lets `load` send by it, and takes it apart again; `load` has to end the session
 * (finishLoad) and says what was measured.
 */
export async function withOpenLoop(
  order: LoadOrder,
  onProgress: (progress: LoadProgress) => void,
  recording: PushRecording,
  load: (loop: OpenLoop) => Promise<MeasuredLoad>,
): Promise<LoadOutcome> {
  const { open, bulk } = order.load;
  if (open === undefined) throw new Error(`a load of model ${order.load.model} has no open loop`);
  const { connections } = open;
  const session = new PushSession(order, recording);
  await using clock = new ThreadClock();
  using producers = new OpenProducers(order, session, { clock, connections });
  const random = seededRandom(order.seed + 1);
  return await runReported(session, order, onProgress, async (mark) => {
    if (bulk.producers > 0) new Producers(order, session, 0, connections).start();
    return await load({ order, open, session, producers, random, mark });
  });
}

async function loadFor(loop: OpenLoop): Promise<MeasuredLoad> {
  const { order, open, session, random, mark } = loop;
  const { warmUpMs, durationMs } = order.load;
  const warmUp = await send(loop, arrivals({ ...open, to: undefined, lengthUs: warmUpMs * 1_000 }, random));
  const start = mark();
  const measured = await send(loop, arrivals({ ...open, lengthUs: durationMs * 1_000 }, random));
  const window = windowBetween(start, mark());
  await finishLoad(session, order.graceMs);
  // A load that was given up early answers for the whole window it was asked for, with nothing in the rest of it.
  const fromUs = Math.max(measured.fromUs, warmUp.fromUs + warmUpMs * 1_000);
  return { ...window, fromUs, toUs: fromUs + durationMs * 1_000, wakeLag: measured.wakeLag };
}

async function loadAll(loop: OpenLoop): Promise<MeasuredLoad> {
  const { order, open, session, random } = loop;
  const gapMs = (1_000 * open.burst) / open.rate;
  const schedule = arrivals({ ...open, lengthUs: Number.POSITIVE_INFINITY }, random);
  const sending = Promise.withResolvers<OpenStep>();
  const window = await loadMessages(session, order.graceMs + gapMs, () => {
    send(loop, schedule).then(sending.resolve, sending.reject);
  });
  const { wakeLag } = await sending.promise;
  return { ...window, wakeLag };
}

async function send({ producers, session }: OpenLoop, schedule: ArrivalSchedule): Promise<OpenStep> {
  const step = await producers.runStep(schedule);
  if (step.gaveUp) session.stop();
  return step;
}
