import { setTimeout as sleep } from 'node:timers/promises';
import { encodeHistogram, latencyPercentiles, mergeHistograms } from '../measure/latency.ts';
import { arrivals } from './arrivals.ts';
import type { LoadOrder, LoadOutcome, LoadProgress, SaturationStep } from './load-outcome.ts';
import { finishLoad, type MeasuredLoad } from './load-run.ts';
import { type OpenLoop, withOpenLoop } from './open-loop.ts';
import { WAITING_MESSAGES } from './open-producers.ts';
import type { OpenStep } from './open-step.ts';
import { type PushRecording, recordPushes } from './push-recording.ts';
import { type RateOrder, searchSaturation, type Trial } from './saturation-search.ts';
import { stepFigures } from './step-figures.ts';
import { hopelessBacklog, judgeStep, type StepVerdict } from './sustainable.ts';
import { type WindowMeasure, windowBetween } from './window-meter.ts';

const LOOK_MS = 20;

/** A rate that was tried, with what a report tells of it. */
interface TriedRate extends StepVerdict, Pick<OpenStep, 'wakeLag'> {
  readonly window: WindowMeasure;
  readonly achievedPerS: number;
  readonly latencyHistogram: string;
  readonly sendLagHistogram: string;
}

/**
 * Searches the highest rate that the server sustains; see saturation-search.ts. All of it goes into one ledger, so that what was
 * sent on the way is proved like any load. The measured window is the last hold, and the last rate that was tried where it came
 * to none. No message is left `pending`.
 *
 * Throws RangeError when the run id does not fit in the payload.
 */
export async function runSaturation(
  order: LoadOrder,
  onProgress: (progress: LoadProgress) => void,
  recording: PushRecording = recordPushes(order.runId),
): Promise<LoadOutcome> {
  return await withOpenLoop(order, onProgress, recording, search);
}

async function search(loop: OpenLoop): Promise<MeasuredLoad> {
  const { order, session } = loop;
  const { saturation: plan, warmUpMs } = order.load;
  if (plan === undefined) throw new Error(`a load of model ${order.load.model} searches for nothing`);
  if (warmUpMs > 0) await tryRate(loop, { phase: 'search', ratePerS: plan.from, lengthMs: warmUpMs });
  const { trials, ...found } = await searchSaturation(plan, (rate) => tryRate(loop, rate));
  await finishLoad(session, order.graceMs);
  const shown = trials.findLast(({ order: { phase } }) => phase === 'hold') ?? (trials.at(-1) as Trial<TriedRate>);
  const { window, wakeLag } = shown.tried;
  return { ...window, wakeLag, saturation: { ...found, steps: trials.map(stepOf) } };
}

async function tryRate(loop: OpenLoop, { ratePerS, lengthMs }: RateOrder): Promise<TriedRate> {
  const { order, open, session, producers, random, mark } = loop;
  const schedule = arrivals({ ...open, rate: ratePerS, to: undefined, lengthUs: lengthMs * 1_000 }, random);
  const cut = new AbortController();
  // Before so many wait that the load would be given up.
  const hopeless = Math.min(hopelessBacklog(ratePerS), open.connections + WAITING_MESSAGES / order.load.batch / 2);
  const watching = setInterval(() => {
    if (producers.backlog > hopeless) cut.abort();
  }, LOOK_MS);
  const start = mark();
  const step = await producers.runStep(schedule, cut.signal);
  const measured = windowBetween(start, mark());
  clearInterval(watching);
  const isDrained = await drained(loop);
  const figures = stepFigures(session.ledger, step);
  const lengthS = (step.toUs - step.fromUs) / 1_000_000;
  const verdict = judgeStep({
    ...{ offeredPerS: ratePerS, lengthS, intended: step.intended, backlog: step.backlog },
    isCut: cut.signal.aborted,
    isDrained,
    failed: figures.failed,
    sendLagP99Us: figures.sendLag.getValueAtPercentile(99),
    wakeLagUs: latencyPercentiles(mergeHistograms([step.wakeLag])),
    eventLoopUtilization: measured.eventLoopUtilization,
    cpuCores: measured.cpuUs / (measured.toUs - measured.fromUs),
  });
  return {
    ...verdict,
    window: { ...measured, fromUs: step.fromUs, toUs: step.toUs },
    wakeLag: step.wakeLag,
    achievedPerS: lengthS > 0 ? step.achieved / lengthS : 0,
    latencyHistogram: encodeHistogram(figures.latency),
    sendLagHistogram: encodeHistogram(figures.sendLag),
  };
}

/** A backlog must not be taken from one rate to the next. False when it is not over within the grace of the load. */
async function drained({ order, producers }: OpenLoop): Promise<boolean> {
  const untilMs = performance.now() + order.graceMs;
  while (producers.isBusy && performance.now() < untilMs) await sleep(LOOK_MS);
  return !producers.isBusy;
}

function stepOf({ order, tried }: Trial<TriedRate>): SaturationStep {
  const { phase, ratePerS, share } = order;
  const { achievedPerS, isSustained, reasons, latencyHistogram, sendLagHistogram } = tried;
  return {
    ...{ phase, share, offeredPerS: ratePerS, achievedPerS, isSustained, reasons },
    ...{ latencyHistogram, sendLagHistogram },
  };
}
