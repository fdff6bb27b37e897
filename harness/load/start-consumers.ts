import { ConsumerHistory, type ConsumerHistoryTransfer } from '../history/consumer-history.ts';
import type { Consumption } from '../history/evidence.ts';
import type { Vitals } from '../measure/vitals.ts';
import { startChild } from './child-task.ts';
import type { ConsumeOutcome, ConsumersOrder, ConsumersProgress } from './consumers.ts';

/** What the consumers' process reports while they work: their progress, and how it is itself. */
interface WatchedConsumers extends ConsumersProgress {
  readonly vitals: Vitals;
}

/** All that the consumers' process reports. */
export type ConsumersReport = 'ready' | WatchedConsumers;

/** A {@link ConsumeOutcome} as it crosses from the consumers' process. */
export type TransferredConsumption = Omit<ConsumeOutcome, 'consumption'> & {
  readonly consumption: Omit<Consumption, 'history'> & { readonly history: ConsumerHistoryTransfer };
};

/** Consumers at work in a process of their own. Disposing them ends the process, and what they did is lost. */
export interface RunningConsumers extends Disposable {
  /**
   * Tells them that the load is over and all faults are healed. From now on they acknowledge everything, and end when
   * nothing is left, or after `deadlineMs`. Throws what startConsumers throws when they crashed at any time.
   */
  drain(deadlineMs: number): Promise<ConsumeOutcome>;
}

/**
 * Starts consumers in a process of their own; resolves when all have had a first answer: then every group is made, and
 * begins with the first message. Abort kills the process at once.
 *
 * Throws the signal's reason on abort, and an Error with what went wrong otherwise.
 */
export async function startConsumers(
  order: ConsumersOrder,
  onProgress: (progress: WatchedConsumers) => void,
  signal: AbortSignal,
): Promise<RunningConsumers> {
  const ready = Promise.withResolvers<void>();
  const disposed = new AbortController();
  const task = startChild<ConsumersReport, TransferredConsumption>(
    new URL('consumer-process.ts', import.meta.url),
    order,
    (report) => (report === 'ready' ? ready.resolve() : onProgress(report)),
    AbortSignal.any([signal, disposed.signal]),
  );
  // Whoever waits for them hears of a crash; until then nobody has to.
  task.result.catch(() => undefined);
  await Promise.race([ready.promise, task.result]);
  return {
    drain: async (deadlineMs) => {
      task.tell(deadlineMs);
      const { consumption, ...rest } = await task.result;
      return { ...rest, consumption: { ...consumption, history: new ConsumerHistory(consumption.history) } };
    },
    [Symbol.dispose]: () => disposed.abort(new Error('the consumers were no longer wanted')),
  };
}
