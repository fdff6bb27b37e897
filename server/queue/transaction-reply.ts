import type { Acknowledgement, AckResult } from './acknowledge.ts';
import type { PushItem } from './message.ts';

/** What a transaction is to do, in order. */
export type TransactionOperation =
  | { readonly type: 'push'; readonly items: readonly PushItem[] }
  | { readonly type: 'ack'; readonly acknowledgement: Acknowledgement };

/** What one message or acknowledgement came to, by itself. */
export type TransactionOutcome =
  | { readonly status: 'queued' | 'duplicate'; readonly messageId: string | undefined }
  | Exclude<AckResult, { readonly status: 'error' }>
  | { readonly status: 'failed'; readonly error: string };

/** One pushed message or one acknowledgement. */
export interface TransactionStep {
  /** Position of its operation in the request. */
  readonly operation: number;
  readonly type: TransactionOperation['type'];
  readonly transactionId: string;
}

type StepResult = TransactionStep & { readonly success: boolean };

/** The contract's reply; one result for each pushed message and each acknowledgement, in their order. */
export type TransactionReply =
  | {
      readonly transactionId: string;
      readonly success: true;
      readonly results: readonly (StepResult & TransactionOutcome)[];
    }
  | {
      readonly transactionId: string;
      readonly success: false;
      readonly results: readonly StepResult[];
      /** Why it was rolled back. */
      readonly error: string;
    };

/** Reply to a transaction that was committed. */
export function committedReply(
  transactionId: string,
  steps: readonly TransactionStep[],
  outcomes: readonly TransactionOutcome[],
): TransactionReply {
  const results = steps.map((step, index) => {
    const outcome = outcomes[index];
    if (outcome === undefined) throw new Error('A step of a transaction was left without an outcome.');
    return { ...step, success: true, ...outcome };
  });
  return { transactionId, success: true, results };
}

/**
 * Reply to a transaction of which nothing remains: those at fault say why, the others that they were rolled back. `cause`
 * is what PostgreSQL refused, should it be that.
 */
export function rolledBackReply(
  transactionId: string,
  steps: readonly TransactionStep[],
  outcomes: readonly (TransactionOutcome | undefined)[],
  cause?: string,
): TransactionReply {
  const results = steps.map((step, index) => {
    const error = errorOf(outcomes[index]);
    return {
      ...step,
      success: false,
      ...(error === undefined ? { status: 'rolled_back' } : { status: 'failed', error }),
    };
  });
  const first = outcomes.findIndex((outcome) => errorOf(outcome) !== undefined);
  const reason = cause ?? `operation ${steps[first]?.operation}: ${errorOf(outcomes[first])}`;
  return { transactionId, success: false, results, error: `Rolled back, nothing was changed: ${reason}` };
}

/** Why this fails its transaction; undefined when it does not. */
export function errorOf(outcome: TransactionOutcome | undefined): string | undefined {
  return outcome?.status === 'failed' ? outcome.error : undefined;
}
