/** The consumers' own process, so that what the harness does meanwhile does not slow them. Started by start-consumers.ts. */
import { VitalsMeter } from '../measure/vitals.ts';
import { serveParent } from './child-task.ts';
import { type ConsumersOrder, consumeQueue } from './consumers.ts';
import type { ConsumersReport, TransferredConsumption } from './start-consumers.ts';

serveParent<ConsumersOrder, ConsumersReport, TransferredConsumption, number>(async (order, report, next) => {
  using meter = new VitalsMeter();
  const { consumption, ...rest } = await consumeQueue(order, {
    onProgress: (progress) => report({ ...progress, vitals: meter.read() }),
    onReady: () => report('ready'),
    drain: next(),
  });
  return { ...rest, consumption: { ...consumption, history: consumption.history.toTransfer() } };
});
