import { atMostFor } from '../load/load-run.ts';
import { startWindow } from '../load/window-meter.ts';
import type { Slice } from './slice.ts';
import type { SlicedServer, SlicesOrder } from './slice-order.ts';
import { startSpending } from './slice-spending.ts';

/** Until connections are open and everybody has had a first answer; nothing counts before. */
const SETTLE_MS = 50;

/** What a slice tells, whatever is done in it. */
export type Measured = Omit<Slice, 'arm' | 'side' | 'kind'>;

/** A load that has begun. */
interface SliceLoad {
  /** Settles when the load is over, of itself too. */
  readonly ended: Promise<unknown>;
  /** Messages done so far. */
  readonly messages: () => number;
  /** Ends it, so that nothing stays under way. */
  readonly end: () => Promise<void>;
}

/**
 * Measures one server under a load of so long: messages in a window that begins when it has settled, and what was spent from
 * before its first request to after its last answer.
 */
export async function measureSlice(
  server: SlicedServer,
  order: SlicesOrder,
  durationMs: number,
  start: () => SliceLoad,
): Promise<Measured> {
  const endSpending = await startSpending(server, order);
  const { ended, messages, end } = start();
  await atMostFor(SETTLE_MS, ended);
  const before = messages();
  const endWindow = startWindow();
  // A load that is over before its time, as of a queue that is empty, ends the window with it.
  await atMostFor(durationMs, ended);
  const { fromUs, toUs, cpuUs, eventLoopUtilization } = endWindow();
  const inWindow = messages() - before;
  await end();
  return {
    messages: inWindow,
    windowUs: toUs - fromUs,
    generatorCpuUs: cpuUs,
    generatorEventLoop: eventLoopUtilization,
    spentMessages: messages(),
    spent: await endSpending(),
  };
}
