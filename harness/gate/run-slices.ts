import type { Consumption } from '../history/evidence.ts';
import type { Ledger } from '../history/ledger.ts';
import { ConsumptionRecord } from '../load/consumption-record.ts';
import { type PushRecording, recordPushes } from '../load/push-recording.ts';
import type { Measured } from './measure-slice.ts';
import { emptyByPops, popSlice } from './pop-slice.ts';
import { pushSlice } from './push-slice.ts';
import type { Slice } from './slice.ts';
import { bothInTurn, bothSides, type Side, type Sides, type SlicedPush, type SlicesOrder } from './slice-order.ts';
import { SLICES_PER_SIDE, sliceSchedule } from './slice-schedule.ts';

/** What a block's slices measured, and the history of each server. */
export interface SlicesOutcome {
  readonly slices: readonly Slice[];
  readonly histories: Sides<{ readonly ledger: Ledger; readonly consumption: Consumption }>;
}

/** What was done on one server so far. */
interface Record {
  readonly pushes: PushRecording;
  readonly consumption: ConsumptionRecord;
}

/** Share of a slice for which consumers are warmed. */
const POP_WARM_UP = 0.5;

/**
 * Drives two servers in turn, never both at once: for every arm each is warmed, then measured in slices that alternate; then
 * what was pushed is popped and acknowledged in such slices as well; then both queues are emptied.
 *
 * One process makes the load for both. Two would each be as fast as their own optimised code happens to be, which differs by
 * per cents from process to process, and would be taken for a difference of the servers.
 */
export async function runSlices(order: SlicesOrder): Promise<SlicesOutcome> {
  const { servers, lead, payloadBytes } = order;
  const records = bothSides<Record>((side) => ({
    pushes: recordPushes(servers[side].runId),
    consumption: new ConsumptionRecord({ runId: servers[side].runId, payloadBytes, groups: [''] }),
  }));
  const slices: Slice[] = [];
  const keep = (slice: Slice): void => {
    slices.push(slice);
  };
  for (const push of order.pushes) await pushInTurn(push, order, records, keep);
  await popInTurn(order, records, keep);
  const histories = await bothInTurn(lead, async (side) => {
    const { pushes, consumption } = records[side];
    const drained = await emptyByPops(servers[side], consumption, order);
    return { ledger: pushes.ledger, consumption: consumption.result([drained]) };
  });
  return { slices, histories };
}

async function pushInTurn(
  { arm, load }: SlicedPush,
  order: SlicesOrder,
  records: Sides<Record>,
  keep: (slice: Slice) => void,
): Promise<void> {
  const push = (side: Side, durationMs: number): Promise<Measured> =>
    pushSlice(order.servers[side], records[side].pushes, load[side], durationMs, order);
  await bothInTurn(order.lead, (side) => push(side, load[side].warmUpMs));
  for (const side of sliceSchedule(order.lead)) {
    keep({ arm, side, kind: 'push', ...(await push(side, load[side].durationMs / SLICES_PER_SIDE)) });
  }
}

async function popInTurn(order: SlicesOrder, records: Sides<Record>, keep: (slice: Slice) => void): Promise<void> {
  const { servers, lead, popArm, popSliceMs } = order;
  const pop = (side: Side, durationMs: number): Promise<Measured> =>
    popSlice(servers[side], records[side].consumption, durationMs, order);
  await bothInTurn(lead, (side) => pop(side, popSliceMs * POP_WARM_UP));
  for (const side of sliceSchedule(lead)) keep({ arm: popArm, side, kind: 'pop', ...(await pop(side, popSliceMs)) });
}
