import type { Acknowledgement } from './acknowledge.ts';
import type { PushItem, PushResult } from './message.ts';
import { type PreparedGroup, PushPreparation } from './prepared-push.ts';
import type { TransactionOperation, TransactionOutcome, TransactionStep } from './transaction-reply.ts';
import type { UuidV7Generator } from './uuid-v7.ts';

/** A transaction taken apart into what its statements need, and the way back: steps count over pushes and acks alike. */
export interface TransactionPlan {
  readonly steps: readonly TransactionStep[];
  /** The items that can be stored; `index` of each counts the pushed items. */
  readonly groups: readonly PreparedGroup[];
  /** Steps of the pushed items. */
  readonly pushSteps: readonly number[];
  readonly acknowledgements: readonly Acknowledgement[];
  /** Steps of the acknowledgements. */
  readonly ackSteps: readonly number[];
  /** By step: items that can not be stored. */
  readonly refusals: readonly (TransactionOutcome | undefined)[];
}

/** Ids are given here, once, so that every try stores the same messages. */
export function planTransaction(operations: readonly TransactionOperation[], ids: UuidV7Generator): TransactionPlan {
  const steps: TransactionStep[] = [];
  const items: PushItem[] = [];
  const pushSteps: number[] = [];
  const acknowledgements: Acknowledgement[] = [];
  const ackSteps: number[] = [];
  for (const [operation, given] of operations.entries()) {
    if (given.type === 'ack') {
      ackSteps.push(steps.length);
      acknowledgements.push(given.acknowledgement);
      steps.push({ operation, type: 'ack', transactionId: given.acknowledgement.transactionId });
      continue;
    }
    for (const item of given.items) {
      const transactionId = item.transactionId ?? ids.generate().text;
      pushSteps.push(steps.length);
      items.push({ ...item, transactionId });
      steps.push({ operation, type: 'push', transactionId });
    }
  }
  const refused = new Array<PushResult>(items.length);
  const preparation = new PushPreparation(ids, refused);
  for (const [index, item] of items.entries()) preparation.add(item, index);
  const refusals = new Array<TransactionOutcome | undefined>(steps.length).fill(undefined);
  for (const [index, step] of pushSteps.entries()) {
    const error = refused[index]?.error;
    if (error !== undefined) refusals[step] = { status: 'failed', error };
  }
  return { steps, groups: preparation.groups(), pushSteps, acknowledgements, ackSteps, refusals };
}
