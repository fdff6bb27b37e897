import type { ErrorTrace } from '../history/error-trace.ts';
import type { Consumption } from '../history/evidence.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import { seededRandom } from '../measure/seeded-random.ts';
import type { ArmConsumers } from '../scenario/consumers-group.ts';
import { ConsumeMeter, type PopAckMeasure } from './consume-meter.ts';
import { Consumer } from './consumer.ts';
import { ConsumerGroup } from './consumer-group.ts';
import { ConsumptionRecord } from './consumption-record.ts';
import { ErrorTally } from './error-tally.ts';
import type { Shift } from './shift.ts';

export interface ConsumersOrder {
  readonly baseUrl: string;
  readonly runId: string;
  readonly queue: string;
  /** Of the producers' payloads: they are recognised by it. */
  readonly payloadBytes: number;
  /** How long the queue lets a consumer keep what it popped. */
  readonly leaseMs: number;
  /** Decides what is left to chance. */
  readonly seed: number;
  readonly consumers: ArmConsumers;
  /** Longest wait for every consumer's first answer; 15 s when nothing is said. */
  readonly readyLimitMs?: number;
}

/** While consumers work, a few times a second. */
export interface ConsumersProgress {
  readonly delivered: number;
  /** Messages that a consumer has in hand. */
  readonly unsettled: number;
}

export interface ConsumeOutcome {
  readonly consumption: Consumption;
  readonly measure: PopAckMeasure;
  /** Pops and acks that came to nothing. */
  readonly errors: ErrorTrace;
}

/** What passes between consumers at work and whoever has ordered them. */
export interface ConsumersTalk {
  readonly onProgress: (progress: ConsumersProgress) => void;
  /** Every consumer has had a first answer, so every group is made. */
  readonly onReady: () => void;
  /** Resolves, with the longest duration of the drain, when the load is over and all faults are healed. */
  readonly drain: Promise<number>;
}

const READY_LIMIT_MS = 15_000;
const PROGRESS_INTERVAL_MS = 250;
/** Keeps the chances of neighbouring consumers apart. */
const SEED_STEP = 0x9e3779b1;

/**
 * Consumers of all groups at work, each message acknowledged or not as the scenario has it, until they are told to drain:
 * from then on they acknowledge everything, and end when for every group nothing is left, nothing is leased, and no lease
 * can run out any more, or when the drain's time is over.
 *
 * Throws an Error when not every consumer gets a first answer in time.
 */
export async function consumeQueue(order: ConsumersOrder, talk: ConsumersTalk): Promise<ConsumeOutcome> {
  const { baseUrl, queue, leaseMs, consumers } = order;
  const { count, groups: names, ...habits } = consumers;
  const [draining, ends] = [new AbortController(), new AbortController()];
  const record = new ConsumptionRecord({ ...order, groups: names });
  const meter = new ConsumeMeter();
  const errors = new ErrorTally();
  const shift: Shift = {
    ...{ baseUrl, queue, leaseMs, habits, record, meter, errors },
    draining: draining.signal,
    ends: ends.signal,
    inHand: 0,
  };
  const groups = names.map((name, index) => new ConsumerGroup(index, name, { consumers: count, leaseMs }));
  const crew = groups.flatMap((group) =>
    Array.from({ length: count }, (_, index) => {
      const number = group.index * count + index;
      return new Consumer({ index, number, group }, shift, seededRandom(order.seed + number * SEED_STEP));
    }),
  );
  const report = () => talk.onProgress({ delivered: record.history.deliveries, unsettled: shift.inHand });
  const reporting = setInterval(report, PROGRESS_INTERVAL_MS);
  let timeOver: NodeJS.Timeout | undefined;
  let deadlineMs = 0;
  const drain = async (): Promise<void> => {
    deadlineMs = await talk.drain;
    for (const group of groups) group.drain(monotonicUs());
    draining.abort();
    timeOver = setTimeout(() => ends.abort(), deadlineMs);
  };
  try {
    const working = Promise.all(crew.map((consumer) => consumer.work()));
    await Promise.race([working, allReady(crew, groups, order.readyLimitMs ?? READY_LIMIT_MS)]);
    talk.onReady();
    await Promise.all([working, drain()]);
  } finally {
    clearInterval(reporting);
    clearTimeout(timeOver);
    ends.abort();
  }
  const drained = groups.map(
    (group) => group.watch.isEmpty || `given up after ${deadlineMs} ms: ${group.whyNotEmpty(monotonicUs())}`,
  );
  return { consumption: record.result(drained), measure: meter.result(), errors: errors.trace() };
}

async function allReady(crew: readonly Consumer[], groups: readonly ConsumerGroup[], limitMs: number): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const troubles = groups.map(({ trouble }) => trouble).filter((trouble) => trouble !== '');
    late.reject(new Error(`not every consumer got an answer in ${limitMs} ms: ${troubles.join('; ')}`));
  }, limitMs);
  await Promise.race([Promise.all(crew.map(({ ready }) => ready)), late.promise]).finally(() => clearTimeout(timer));
}
