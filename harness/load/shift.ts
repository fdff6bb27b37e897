import type { ArmConsumers } from '../scenario/consumers-group.ts';
import type { ConsumeMeter } from './consume-meter.ts';
import type { ConsumptionRecord } from './consumption-record.ts';
import type { ErrorTally } from './error-tally.ts';

/** What all consumers of a run share. */
export interface Shift {
  readonly baseUrl: string;
  readonly queue: string;
  readonly habits: Omit<ArmConsumers, 'count' | 'groups'>;
  readonly leaseMs: number;
  readonly record: ConsumptionRecord;
  readonly meter: ConsumeMeter;
  readonly errors: ErrorTally;
  /** Aborted when the load is over: from then on everything is acknowledged, and an empty queue is the end. */
  readonly draining: AbortSignal;
  /** Aborted when the time is over, after {@link draining}. */
  readonly ends: AbortSignal;
  /** Aborted when others are to go on: each finishes what it has in hand, and leaves nothing leased. Absent: nobody leaves. */
  readonly leaves?: AbortSignal;
  /** Messages that a consumer has in hand. */
  inHand: number;
}
