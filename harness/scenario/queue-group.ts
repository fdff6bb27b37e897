import { type Static, Type } from 'typebox';
import { DURATION_UNIT, durationToMs, POSITIVE_DURATION_PATTERN } from './duration.ts';

/** How the queue of a run is configured. */
export const QueueGroup = Type.Object(
  {
    lease: Type.String({
      title: 'a duration above zero',
      ...{ pattern: POSITIVE_DURATION_PATTERN, unit: DURATION_UNIT },
      examples: ['2s', '30s'],
      description: 'leaseTime: how long a consumer may keep what it popped; whole seconds.',
      default: '60s',
    }),
    retryLimit: Type.Integer({
      ...{ minimum: 0, maximum: 1000, unit: 'deliveries', examples: [3, 100] },
      description: 'Further deliveries of a message that was not acknowledged, before it is a dead letter.',
      default: 100,
    }),
    encrypted: Type.Boolean({
      description: 'encryptionEnabled: payloads are stored encrypted; the check `encryption` proves it.',
      default: false,
    }),
  },
  { additionalProperties: false, description: 'The queue of the run.', default: {} },
);

/** The queue of an arm. */
export interface ArmQueue {
  readonly leaseMs: number;
  readonly retryLimit: number;
  readonly encrypted: boolean;
}

export function armQueue({ lease, retryLimit, encrypted }: Static<typeof QueueGroup>): ArmQueue {
  return { leaseMs: durationToMs(lease), retryLimit, encrypted };
}
