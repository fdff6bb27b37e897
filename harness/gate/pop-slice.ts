import { ConsumeMeter } from '../load/consume-meter.ts';
import { Consumer } from '../load/consumer.ts';
import { ConsumerGroup } from '../load/consumer-group.ts';
import type { ConsumptionRecord } from '../load/consumption-record.ts';
import { ErrorTally } from '../load/error-tally.ts';
import type { Shift } from '../load/shift.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import { type Measured, measureSlice } from './measure-slice.ts';
import type { SlicedServer, SlicesOrder } from './slice-order.ts';

/** Nothing is measured then, and larger batches are faster. */
const EMPTYING_BATCH = 1000;

/** They pop and acknowledge all they get, and are told nothing of accidents. */
const HABITS = { wait: false, thinkMs: 0, nack: 0, expire: 0, crash: 0 } as const;

/** Pops and acknowledges for a while; what a consumer has in hand then it settles, so that nothing stays leased. */
export async function popSlice(
  server: SlicedServer,
  record: ConsumptionRecord,
  durationMs: number,
  order: SlicesOrder,
): Promise<Measured> {
  return await measureSlice(server, order, durationMs, () => {
    const leaves = new AbortController();
    const { working, meter } = startCrew(server, record, order, {
      leaves: leaves.signal,
      ends: new AbortController().signal,
    });
    return {
      ended: working,
      messages: () => meter.completed,
      end: () => {
        leaves.abort();
        return working;
      },
    };
  });
}

/** Receives and acknowledges whatever is left; true when nothing is, otherwise why it ended before. */
export async function emptyByPops(
  server: SlicedServer,
  record: ConsumptionRecord,
  order: SlicesOrder,
): Promise<true | string> {
  const ends = AbortSignal.timeout(order.drainLimitMs);
  const drain = { ...order.drain, batch: Math.max(order.drain.batch, EMPTYING_BATCH) };
  const { working, group } = startCrew(server, record, { ...order, drain }, { ends });
  await working;
  if (group.watch.isEmpty) return true;
  return `given up after ${order.drainLimitMs} ms: ${group.whyNotEmpty(monotonicUs())}`;
}

function startCrew(
  { baseUrl, queue }: SlicedServer,
  record: ConsumptionRecord,
  { drain, leaseMs }: SlicesOrder,
  signals: Pick<Shift, 'ends' | 'leaves'>,
) {
  const group = new ConsumerGroup(0, '', { consumers: drain.consumers, leaseMs });
  group.drain(monotonicUs());
  const meter = new ConsumeMeter();
  const errors = new ErrorTally();
  const habits = { ...HABITS, batch: drain.batch };
  const shift: Shift = {
    ...{ baseUrl, queue, leaseMs, habits, record, meter, errors, inHand: 0, ...signals },
    draining: AbortSignal.abort(),
  };
  const crew = Array.from({ length: drain.consumers }, (_, index) => {
    // Nothing is left to chance.
    return new Consumer({ index, number: index, group }, shift, () => 0);
  });
  return { group, meter, working: Promise.all(crew.map((consumer) => consumer.work())).then(() => undefined) };
}
