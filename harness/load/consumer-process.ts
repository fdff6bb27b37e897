/** The consumers' own process, so that what the harness does meanwhile does not slow them. Started by run-consumers.ts. */
import { Ledger } from '../history/ledger.ts';
import { serveParent } from './child-task.ts';
import { type ConsumeOutcome, consumeQueue } from './consumers.ts';
import type { TransferredConsumeOrder } from './run-consumers.ts';

serveParent<TransferredConsumeOrder, number, ConsumeOutcome>((order, report) =>
  consumeQueue({ ...order, ledger: Ledger.fromTransfer(order.ledger) }, report),
);
